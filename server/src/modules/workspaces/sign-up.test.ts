import { describe, expect, it } from 'vitest';
import { testApp, type TestApp, type Visitor } from '../../testing/app.ts';

const password = 'correct horse battery';
const account = (name: string) => ({ name, email: `${name}@example.org`, password });

const arrive = async (app: TestApp, name: string, invitation?: string): Promise<Visitor> => {
  const visitor = app.anonymous();
  await visitor.client.auth.signUp({ ...account(name), ...(invitation === undefined ? {} : { invitation }) });
  return visitor;
};

const count = async (app: TestApp) => {
  const [users, workspaces] = [
    await app.database.system.selectFrom('user').select('id').execute(),
    await app.database.system.selectFrom('workspace').select('id').where('kind', '!=', 'system').execute(),
  ];
  return { users: users.length, workspaces: workspaces.length };
};

describe('sign-up', () => {
  it('makes the first account the operator, with a personal workspace, signed in', async () => {
    await using app = await testApp();
    const visitor = app.anonymous();
    expect(await visitor.client.setup.get()).toMatchObject({ needsOwner: true, signUp: 'invitation' });
    const me = await visitor.client.auth.signUp({ name: '  Ann\u202e  Lee ', email: ' Ann@Example.org', password });
    expect(me.user).toMatchObject({
      email: 'ann@example.org',
      name: 'Ann Lee',
      isOperator: true,
      avatar: null,
      preferences: { language: null, theme: 'system', accent: 'indigo' },
    });
    expect(me.workspaces).toMatchObject([{ kind: 'personal', role: 'owner', signUp: 'invitation' }]);
    expect(await visitor.client.me.get()).toEqual(me);
    expect(await visitor.client.setup.get()).toMatchObject({ needsOwner: false, signUp: 'invitation' });
  });

  it('gives an installation one operator when many come at once', async () => {
    await using app = await testApp();
    const results = await Promise.allSettled(['ann', 'bob', 'cid', 'dan'].map((name) => arrive(app, name)));
    const refused = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
    expect(refused).toHaveLength(3);
    for (const reason of refused) expect(reason).toMatchObject({ code: 'forbidden' });
    expect(await count(app)).toEqual({ users: 1, workspaces: 1 });
  });

  it('is closed to strangers afterwards, whether their address is known or not', async () => {
    await using app = await testApp();
    await arrive(app, 'ann');
    const answers = [];
    for (const name of ['ann', 'bob'])
      answers.push(await arrive(app, name).catch(({ code, detail, status }) => ({ code, detail, status })));
    expect(answers[0]).toMatchObject({ code: 'forbidden', status: 403 });
    expect(answers[1]).toEqual(answers[0]);
    expect(await count(app)).toEqual({ users: 1, workspaces: 1 });
  });

  it('opens and closes by the operator in the personal workspace only', async () => {
    await using app = await testApp();
    const ann = (await arrive(app, 'ann')).client;
    const [personal] = (await ann.workspaces.list()).items;
    const team = await ann.workspaces.create({ name: 'Team' });
    await expect(ann.workspaces.update(team.id, { signUp: 'open' })).rejects.toMatchObject({
      code: 'conflict',
      errors: [{ path: 'signUp' }],
    });
    expect(await ann.workspaces.update(personal!.id, { signUp: 'open' })).toMatchObject({ signUp: 'open' });
    expect(await app.anonymous().client.setup.get()).toMatchObject({ signUp: 'open' });
    const bob = (await arrive(app, 'bob')).client;
    const me = await bob.me.get();
    expect(me.user.isOperator).toBe(false);
    await expect(bob.workspaces.update(me.workspaces[0]!.id, { signUp: 'invitation' })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(bob.workspaces.update(personal!.id, { signUp: 'invitation' })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(arrive(app, 'bob')).rejects.toMatchObject({ code: 'conflict', errors: [{ path: 'email' }] });
    await ann.workspaces.update(personal!.id, { signUp: 'invitation' });
    await expect(arrive(app, 'cid')).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('with an invitation joins its workspace, once', async () => {
    await using app = await testApp();
    const ann = (await arrive(app, 'ann')).client;
    const team = await ann.workspaces.create({ name: 'Team' });
    const { token } = await ann.workspaces.invite(team.id, { role: 'member' });
    const results = await Promise.allSettled(['bob', 'cid'].map((name) => arrive(app, name, token)));
    const joined = results.find((result) => result.status === 'fulfilled')!.value.client;
    expect((await joined.me.get()).workspaces).toMatchObject([
      { kind: 'personal', role: 'owner' },
      { id: team.id, role: 'member' },
    ]);
    expect(results.find((result) => result.status === 'rejected')!.reason).toMatchObject({ code: 'not_found' });
    await expect(arrive(app, 'dan', token)).rejects.toMatchObject({ code: 'not_found' });
    expect(await count(app)).toEqual({ users: 2, workspaces: 3 });
    expect((await ann.workspaces.members(team.id)).items).toHaveLength(2);
  });

  it('keeps an invitation open when the account cannot be made', async () => {
    await using app = await testApp();
    const ann = (await arrive(app, 'ann')).client;
    const team = await ann.workspaces.create({ name: 'Team' });
    const { token } = await ann.workspaces.invite(team.id, { role: 'member', email: 'bob@example.org' });
    await expect(arrive(app, 'cid', token)).rejects.toMatchObject({ code: 'forbidden' });
    const open = await ann.workspaces.invite(team.id, { role: 'member' });
    await expect(arrive(app, 'ann', open.token)).rejects.toMatchObject({ code: 'conflict' });
    await arrive(app, 'bob', token);
    await arrive(app, 'cid', open.token);
  });

  it('takes no role, operator flag or other field from outside', async () => {
    await using app = await testApp();
    for (const extra of [{ isOperator: true }, { is_operator: true }, { role: 'owner' }, { image: 'x' }, { id: 'x' }])
      await expect(app.anonymous().client.auth.signUp({ ...account('ann'), ...extra } as never)).rejects.toMatchObject({
        code: 'invalid_request',
        errors: [{ path: Object.keys(extra)[0] }],
      });
    for (const fault of [{ name: ' ' }, { name: 'x'.repeat(81) }, { email: 'ann' }, { password: 'too short' }])
      await expect(app.anonymous().client.auth.signUp({ ...account('ann'), ...fault })).rejects.toMatchObject({
        code: 'invalid_request',
        errors: [{ path: Object.keys(fault)[0] }],
      });
    expect(await count(app)).toEqual({ users: 0, workspaces: 0 });
  });

  it('is made up for: somebody without a personal workspace gets one with the next request', async () => {
    let ahead = 0;
    await using app = await testApp({}, { clock: { now: () => new Date(Date.now() + ahead) } });
    const ann = (await arrive(app, 'ann')).client;
    const before = (await ann.me.get()).workspaces[0]!;
    await app.database.system.deleteFrom('workspace').where('id', '=', before.id).execute();
    ahead = 31_000;
    const lists = await Promise.all([1, 2, 3].map(() => ann.workspaces.list()));
    for (const { items } of lists) expect(items).toMatchObject([{ kind: 'personal', role: 'owner' }]);
    expect(await count(app)).toEqual({ users: 1, workspaces: 1 });
  });
});
