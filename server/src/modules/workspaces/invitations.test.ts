import { describe, expect, it } from 'vitest';
import { newToken } from '../../platform/ids.ts';
import { testApp, type TestApp } from '../../testing/app.ts';

const dayMs = 24 * 3600 * 1000;

const refusal = async (work: Promise<unknown>) =>
  await work.then(
    () => 'done',
    ({ code, detail }: { code: string; detail: string }) => ({ code, detail }),
  );

const userId = async (app: TestApp, name: string): Promise<string> => (await app.as(name).me.get()).user.id;

describe('invitations', () => {
  it('are made, seen, accepted and recorded', async () => {
    await using app = await testApp();
    const team = await app.team('alice');
    const made = await app.as('alice').workspaces.invite(team, { role: 'admin' });
    expect(made).toMatchObject({ email: null, role: 'admin', acceptedAt: null });
    expect(made.token).toMatch(/^[\w-]{43}$/);
    expect(made.url).toBe(`http://localhost/invite#${made.token}`);
    expect(Date.parse(made.expiresAt) - Date.parse(made.createdAt)).toBe(7 * dayMs);
    expect(await app.anonymous().client.invitations.preview({ token: made.token })).toEqual({
      workspaceName: 'alice & co',
      inviterName: 'alice',
      role: 'admin',
      email: null,
    });
    const joined = await app.as('bob').invitations.accept({ token: made.token });
    expect(joined).toMatchObject({ id: team, role: 'admin', kind: 'team' });
    await app.as('bob').inWorkspace(team).bots.list();
    const [listed] = (await app.as('bob').workspaces.invitations(team)).items;
    expect(listed).toEqual({
      id: made.id,
      email: null,
      role: 'admin',
      createdAt: made.createdAt,
      expiresAt: made.expiresAt,
      acceptedAt: expect.any(String),
    });
  });

  it('are stored as hashes, and mailed from sealed tokens', async () => {
    await using app = await testApp();
    const team = await app.team('alice');
    const { token } = await app.as('alice').workspaces.invite(team, { role: 'member', email: ' Bob@Example.org ' });
    const rows = await app.database.system.selectFrom('invitation').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(token);
    expect(JSON.stringify(await app.database.raw('select * from pgboss.job', []))).not.toContain(token);
    await app.drain();
    const [letter] = app.outbox();
    expect(letter).toContain('To: bob@example.org');
    expect(letter!.replace(/=\r?\n/g, '')).toContain(`http://localhost/invite#${token}`);
    await app.as('alice').workspaces.invite(team, { role: 'member' });
    await app.drain();
    expect(app.outbox()).toHaveLength(1);
  });

  it('work once, and again only for the one who accepted', async () => {
    await using app = await testApp();
    const team = await app.team('alice');
    const { token } = await app.as('alice').workspaces.invite(team, { role: 'member' });
    for (const name of ['bob', 'carol']) await app.as(name).me.get();
    const races = await Promise.all(
      ['bob', 'carol'].map(async (name) => ({ name, got: await refusal(app.as(name).invitations.accept({ token })) })),
    );
    const winner = races.find(({ got }) => got === 'done')!.name;
    const loser = races.find(({ got }) => got !== 'done')!;
    expect(loser.got).toMatchObject({ code: 'not_found' });
    expect(await app.as(winner).invitations.accept({ token })).toMatchObject({ id: team, role: 'member' });
    expect((await app.as('alice').workspaces.members(team)).items).toHaveLength(2);
    await app.as('alice').workspaces.removeMember(team, await userId(app, winner));
    expect(await refusal(app.as(winner).invitations.accept({ token }))).toEqual(loser.got);
  });

  it('are not used up by a member, whose role stays', async () => {
    await using app = await testApp();
    const team = await app.team('alice', { bob: 'admin' });
    const { token } = await app.as('bob').workspaces.invite(team, { role: 'viewer' });
    expect(await app.as('bob').invitations.accept({ token })).toMatchObject({ role: 'admin' });
    expect(await app.as('alice').invitations.accept({ token })).toMatchObject({ role: 'owner' });
    expect(await app.as('carol').invitations.accept({ token })).toMatchObject({ role: 'viewer' });
  });

  it('say the same when unknown, expired, withdrawn and used', async () => {
    let ahead = 0;
    await using app = await testApp({}, { clock: { now: () => new Date(Date.now() + ahead) } });
    const team = await app.team('alice', { bob: 'member' });
    const alice = app.as('alice');
    const used = await alice.workspaces.invite(team, { role: 'member' });
    await app.as('carol').invitations.accept({ token: used.token });
    const withdrawn = await alice.workspaces.invite(team, { role: 'member' });
    await alice.workspaces.revokeInvitation(team, withdrawn.id);
    await expect(alice.workspaces.revokeInvitation(team, withdrawn.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(alice.workspaces.revokeInvitation(team, used.id)).rejects.toMatchObject({ code: 'not_found' });
    const expired = await alice.workspaces.invite(team, { role: 'member', expiresInDays: 1 });
    ahead = dayMs - 5_000;
    await app.anonymous().client.invitations.preview({ token: expired.token });
    ahead = dayMs + 1_000;
    const dave = app.as('dave');
    const answers = [];
    for (const token of [newToken(), used.token, withdrawn.token, expired.token, 'x', '%', used.token.toLowerCase()]) {
      answers.push(await refusal(app.anonymous().client.invitations.preview({ token })));
      answers.push(await refusal(dave.invitations.accept({ token })));
      answers.push(
        await refusal(
          app.anonymous().client.auth.signUp({
            name: 'eve',
            email: 'eve@example.org',
            password: 'correct horse eve',
            invitation: token,
          }),
        ),
      );
    }
    expect(answers[0]).toMatchObject({ code: 'not_found' });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it('for an address admit only the account with it', async () => {
    await using app = await testApp();
    const team = await app.team('alice');
    const { token } = await app.as('alice').workspaces.invite(team, { role: 'member', email: 'bob@example.org' });
    await expect(app.as('carol').invitations.accept({ token })).rejects.toMatchObject({ code: 'forbidden' });
    await app.as('bob').invitations.accept({ token });
  });

  it('die with the rights of whoever made them', async () => {
    await using app = await testApp();
    const team = await app.team('alice', { adam: 'admin', otto: 'owner' });
    const [adam, otto] = [await userId(app, 'adam'), await userId(app, 'otto')];
    const byAdam = await app.as('adam').workspaces.invite(team, { role: 'viewer' });
    const ownerByOtto = await app.as('otto').workspaces.invite(team, { role: 'owner' });
    const memberByOtto = await app.as('otto').workspaces.invite(team, { role: 'member' });
    await app.as('alice').workspaces.updateMember(team, otto, { role: 'admin' });
    await app.as('alice').workspaces.removeMember(team, adam);
    const { client } = app.anonymous();
    for (const { token } of [byAdam, ownerByOtto])
      await expect(client.invitations.preview({ token })).rejects.toMatchObject({ code: 'not_found' });
    await client.invitations.preview({ token: memberByOtto.token });
    await expect(app.as('adam').invitations.accept({ token: byAdam.token })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('last 1 to 30 days and take nothing unknown', async () => {
    await using app = await testApp();
    const team = await app.team('alice');
    const invite = (input: object) => app.as('alice').workspaces.invite(team, { role: 'member', ...input });
    for (const expiresInDays of [1, 30]) {
      const { createdAt, expiresAt } = await invite({ expiresInDays });
      expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(expiresInDays * dayMs);
    }
    for (const input of [
      { expiresInDays: 0 },
      { expiresInDays: 31 },
      { expiresInDays: 1.5 },
      { role: 'root' },
      { email: 'bob' },
      { workspaceId: team },
    ])
      await expect(invite(input)).rejects.toMatchObject({
        code: 'invalid_request',
        errors: [{ path: Object.keys(input)[0] }],
      });
  });
});
