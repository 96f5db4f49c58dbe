import { describe, expect, it } from 'vitest';
import { roles, type Role } from '../../platform/caller.ts';
import { newId } from '../../platform/ids.ts';
import { testApp, type TestApp } from '../../testing/app.ts';

const idOf = async (app: TestApp, name: string): Promise<string> => (await app.as(name).me.get()).user.id;

const outcome = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => 'done',
    ({ code }: { code: string }) => code,
  );

const roleOf = async (app: TestApp, team: string, userId: string) => {
  const row = await app.database.system
    .selectFrom('member')
    .select('role')
    .where('workspace_id', '=', team)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return row?.role ?? null;
};

const people = { owner: 'olga', admin: 'adam', member: 'mia', viewer: 'vic' } as const;

describe('workspaces', () => {
  it('are made, renamed and deleted', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    const team = await alice.workspaces.create({ name: ' The  Team ' });
    expect(team).toMatchObject({ name: 'The Team', kind: 'team', role: 'owner', signUp: 'invitation' });
    expect(await alice.workspaces.get(team.id)).toEqual(team);
    expect((await alice.workspaces.list()).items).toMatchObject([{ kind: 'personal' }, { id: team.id }]);
    expect(await alice.workspaces.update(team.id, { name: 'New' })).toEqual({ ...team, name: 'New' });
    expect((await alice.workspaces.members(team.id)).items).toMatchObject([
      { name: 'alice', email: 'alice@example.org', role: 'owner', avatar: null },
    ]);
    await alice.inWorkspace(team.id).me.get();
    await alice.workspaces.delete(team.id);
    await expect(alice.workspaces.get(team.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(alice.inWorkspace(team.id).me.get()).rejects.toMatchObject({ code: 'not_found' });
    expect((await alice.workspaces.list()).items).toHaveLength(1);
    for (const body of [{}, { name: '' }, { name: 'x', kind: 'personal' }, { name: 'x'.repeat(81) }])
      await expect(alice.workspaces.create(body as never)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('of one’s own cannot be deleted, left or shared', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    const { user, workspaces } = await alice.me.get();
    const { id } = workspaces[0]!;
    const conflict = { code: 'conflict' };
    await expect(alice.workspaces.delete(id)).rejects.toMatchObject(conflict);
    await expect(alice.workspaces.removeMember(id, user.id)).rejects.toMatchObject(conflict);
    await expect(alice.workspaces.updateMember(id, user.id, { role: 'viewer' })).rejects.toMatchObject(conflict);
    await expect(alice.workspaces.invite(id, { role: 'member' })).rejects.toMatchObject(conflict);
    expect(await alice.workspaces.update(id, { name: 'Mine' })).toMatchObject({ name: 'Mine', kind: 'personal' });
  });

  it('of others answer like those that do not exist', async () => {
    await using app = await testApp();
    const team = await app.team('alice', { bob: 'member' });
    const bob = await idOf(app, 'bob');
    const carol = app.as('carol');
    const answers = [];
    for (const id of [team, newId(), '00000000-0000-7000-8000-000000000001']) {
      const attempts = [
        carol.workspaces.get(id),
        carol.workspaces.update(id, { name: 'x' }),
        carol.workspaces.update(id, { signUp: 'open' }),
        carol.workspaces.delete(id),
        carol.workspaces.members(id),
        carol.workspaces.updateMember(id, bob, { role: 'owner' }),
        carol.workspaces.removeMember(id, bob),
        carol.workspaces.invitations(id),
        carol.workspaces.invite(id, { role: 'member' }),
        carol.workspaces.revokeInvitation(id, newId()),
      ];
      answers.push(
        await Promise.all(attempts.map((attempt) => attempt.catch(({ code, detail }) => ({ code, detail })))),
      );
    }
    for (const answer of answers.flat()) expect(answer).toEqual(answers[0]![0]);
    expect(answers[0]![0]).toMatchObject({ code: 'not_found' });
    await expect(carol.workspaces.get('x')).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('roles', () => {
  it('decide what a member may do', async () => {
    await using app = await testApp();
    const team = await app.team('olga', { adam: 'admin', mia: 'member', vic: 'viewer' });
    const allowed: Record<string, { from: Role; run(name: string): Promise<unknown> }> = {
      read: { from: 'viewer', run: (name) => app.as(name).workspaces.get(team) },
      members: { from: 'viewer', run: (name) => app.as(name).workspaces.members(team) },
      rename: { from: 'admin', run: (name) => app.as(name).workspaces.update(team, { name: 'Team' }) },
      invitations: { from: 'admin', run: (name) => app.as(name).workspaces.invitations(team) },
      invite: { from: 'admin', run: (name) => app.as(name).workspaces.invite(team, { role: 'viewer' }) },
      'invite an admin': { from: 'admin', run: (name) => app.as(name).workspaces.invite(team, { role: 'admin' }) },
      'invite an owner': { from: 'owner', run: (name) => app.as(name).workspaces.invite(team, { role: 'owner' }) },
      delete: { from: 'owner', run: (name) => app.as(name).workspaces.delete(team) },
    };
    for (const [what, { from, run }] of Object.entries(allowed))
      for (const role of [...roles].reverse()) {
        const may = roles.indexOf(role) <= roles.indexOf(from);
        expect(await outcome(run(people[role])), `${role}: ${what}`).toBe(may ? 'done' : 'forbidden');
      }
  });

  it('decide whose role a member may change to what', async () => {
    await using app = await testApp();
    const team = await app.team('olga', { adam: 'admin', mia: 'member', vic: 'viewer', otto: 'owner', zoe: 'admin' });
    const targets = { owner: 'otto', admin: 'zoe', member: 'mia', viewer: 'vic' } as const;
    const ids = new Map<string, string>();
    for (const name of [...Object.values(targets), ...Object.values(people)]) ids.set(name, await idOf(app, name));
    const put = async (name: string, role: Role): Promise<void> => {
      await app.database.system
        .updateTable('member')
        .set({ role })
        .where('workspace_id', '=', team)
        .where('user_id', '=', ids.get(name)!)
        .execute();
    };
    for (const actor of roles)
      for (const target of roles)
        for (const wanted of roles) {
          const [actorName, targetName] = [people[actor], targets[target]];
          const reach = actor === 'owner' || (actor === 'admin' && target !== 'owner' && wanted !== 'owner');
          const work = app.as(actorName).workspaces.updateMember(team, ids.get(targetName)!, { role: wanted });
          const label = `${actor} makes ${target} ${wanted}`;
          expect(await outcome(work), label).toBe(reach ? 'done' : 'forbidden');
          expect(await roleOf(app, team, ids.get(targetName)!), label).toBe(reach ? wanted : target);
          await put(targetName, target);
        }
  });

  it('decide whom a member may remove; everybody may leave', async () => {
    await using app = await testApp();
    const team = await app.team('olga', { adam: 'admin', mia: 'member', vic: 'viewer', otto: 'owner' });
    const id = async (name: string) => await idOf(app, name);
    const remove = async (actor: string, target: string) =>
      await outcome(app.as(actor).workspaces.removeMember(team, await id(target)));
    expect(await remove('vic', 'mia')).toBe('forbidden');
    expect(await remove('mia', 'vic')).toBe('forbidden');
    expect(await remove('adam', 'otto')).toBe('forbidden');
    expect(await remove('adam', 'nobody-here')).toBe('not_found');
    expect(await remove('mia', 'nobody-here')).toBe('forbidden');
    expect(await remove('adam', 'vic')).toBe('done');
    expect(await remove('mia', 'mia')).toBe('done');
    expect(await remove('otto', 'olga')).toBe('done');
    expect(await remove('otto', 'otto')).toBe('conflict');
    expect(await remove('otto', 'adam')).toBe('done');
    expect((await app.as('otto').workspaces.members(team)).items).toHaveLength(1);
  });

  it('change at once: a removed member has no access any more, a demoted one less', async () => {
    await using app = await testApp();
    const team = await app.team('olga', { adam: 'admin', mia: 'member' });
    const [adam, mia] = [await idOf(app, 'adam'), await idOf(app, 'mia')];
    await app.as('mia').inWorkspace(team).bots.list();
    await app.as('adam').workspaces.invitations(team);
    await app.as('olga').workspaces.removeMember(team, mia);
    await app.as('olga').workspaces.updateMember(team, adam, { role: 'viewer' });
    expect(await outcome(app.as('mia').inWorkspace(team).bots.list())).toBe('not_found');
    expect(await outcome(app.as('mia').workspaces.get(team))).toBe('not_found');
    expect((await app.as('mia').me.get()).workspaces).toHaveLength(1);
    expect(await outcome(app.as('adam').workspaces.invitations(team))).toBe('forbidden');
    await app.as('olga').workspaces.updateMember(team, adam, { role: 'owner' });
    await app.as('adam').workspaces.delete(team);
    expect(await outcome(app.as('olga').workspaces.members(team))).toBe('not_found');
  });

  it('keep an owner, also when the last two step down at once', async () => {
    await using app = await testApp();
    const steps: ((name: string, team: string) => Promise<unknown>)[] = [
      async (name, team) => app.as(name).workspaces.updateMember(team, await idOf(app, name), { role: 'admin' }),
      async (name, team) => app.as(name).workspaces.removeMember(team, await idOf(app, name)),
    ];
    for (const first of steps)
      for (const second of steps) {
        const team = await app.team('olga', { otto: 'owner' });
        const outcomes = await Promise.all([outcome(first('olga', team)), outcome(second('otto', team))]);
        expect(outcomes.sort()).toEqual(['conflict', 'done']);
        const owners = await app.database.system
          .selectFrom('member')
          .select('user_id')
          .where('workspace_id', '=', team)
          .where('role', '=', 'owner')
          .execute();
        expect(owners).toHaveLength(1);
      }
  });

  it('cost no statement for the caller who was here a moment ago', async () => {
    await using app = await testApp();
    const team = await app.team('olga');
    const olga = app.as('olga').inWorkspace(team);
    await olga.workspaces.list();
    expect(await app.statements(() => outcome(olga.workspaces.get(newId())))).toBe(0);
  });
});
