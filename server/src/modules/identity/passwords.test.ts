import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { newToken } from '../../platform/ids.ts';
import { testApp, type TestApp } from '../../testing/app.ts';

const fresh = 'a brand new password';

/** The text of a letter without its transfer encoding. */
const readable = (letter: string): string => letter.replace(/=\r?\n/g, '').replace(/=3D/g, '=');

const resetToken = async (app: TestApp, email: string): Promise<string> => {
  await app.anonymous().client.auth.requestPasswordReset({ email });
  await app.drain();
  const letter = readable(app.outbox().at(-1)!);
  expect(letter).toContain(`To: ${email}`);
  return /\/reset-password#([\w-]+)/.exec(letter)![1]!;
};

const signIn = (app: TestApp, name: string, password: string) =>
  app.anonymous().client.auth.signIn({ email: `${name}@example.org`, password });

describe('passwords', () => {
  it('are changed with the old one; the other sessions end and this one gets a new cookie', async () => {
    await using app = await testApp();
    const here = app.visitor('alice');
    await here.client.me.get();
    const there = app.anonymous();
    await there.client.auth.signIn({ email: 'alice@example.org', password: app.password('alice') });
    const before = here.cookies.get('parley.session');
    await expect(
      here.client.auth.changePassword({ currentPassword: 'wrong', newPassword: fresh }),
    ).rejects.toMatchObject({ code: 'invalid_request', errors: [{ path: 'currentPassword' }] });
    await here.client.auth.changePassword({ currentPassword: app.password('alice'), newPassword: fresh });
    expect(here.cookies.get('parley.session')).not.toBe(before);
    expect((await here.client.auth.sessions()).items).toHaveLength(1);
    await expect(there.client.me.get()).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(signIn(app, 'alice', app.password('alice'))).rejects.toMatchObject({ code: 'unauthenticated' });
    await signIn(app, 'alice', fresh);
  });

  it('have 12 to 128 characters', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    let currentPassword = app.password('alice');
    const change = async (newPassword: string) => {
      await alice.auth.changePassword({ currentPassword, newPassword });
      currentPassword = newPassword;
    };
    for (const length of [11, 129])
      await expect(change('x'.repeat(length))).rejects.toMatchObject({
        code: 'invalid_request',
        errors: [{ path: 'newPassword' }],
      });
    for (const length of [12, 128]) await change('x'.repeat(length));
    await signIn(app, 'alice', 'x'.repeat(128));
  });

  it('are stored as salted scrypt hashes', async () => {
    await using app = await testApp();
    await app.as('alice').me.get();
    const rows = await app.database.system.selectFrom('account').select(['provider_id', 'password']).execute();
    expect(rows).toEqual([
      { provider_id: 'credential', password: expect.stringMatching(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/) },
    ]);
  });

  it('are reset by a mailed link that works once and ends all sessions', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    await alice.me.get();
    const earlier = await resetToken(app, 'alice@example.org');
    const token = await resetToken(app, 'alice@example.org');
    const visitor = app.anonymous().client;
    await visitor.auth.resetPassword({ token, password: fresh });
    await expect(alice.me.get()).rejects.toMatchObject({ code: 'unauthenticated' });
    await signIn(app, 'alice', fresh);
    for (const used of [token, earlier])
      await expect(visitor.auth.resetPassword({ token: used, password: 'yet another one' })).rejects.toMatchObject({
        code: 'not_found',
      });
    await signIn(app, 'alice', fresh);
  });

  it('are reset once when the link is used twice at the same time', async () => {
    await using app = await testApp();
    await app.as('alice').me.get();
    const token = await resetToken(app, 'alice@example.org');
    const results = await Promise.allSettled(
      ['first password', 'second password'].map((password) =>
        app.anonymous().client.auth.resetPassword({ token, password }),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('cannot be reset with an expired link, nor after they were changed', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    await alice.me.get();
    const unchanged = await resetToken(app, 'alice@example.org');
    await alice.auth.changePassword({ currentPassword: app.password('alice'), newPassword: fresh });
    const expired = await resetToken(app, 'alice@example.org');
    const { rows } = await sql<{ minutes: string }>`
      select extract(epoch from expires_at - created_at) / 60 as minutes from verification`.execute(
      app.database.system,
    );
    expect(rows.map(({ minutes }) => Math.round(Number(minutes)))).toEqual([60]);
    await sql`update verification set expires_at = now() - interval '1 second'`.execute(app.database.system);
    for (const token of [unchanged, expired])
      await expect(
        app.anonymous().client.auth.resetPassword({ token, password: 'yet another one' }),
      ).rejects.toMatchObject({ code: 'not_found' });
    await signIn(app, 'alice', fresh);
  });

  it('reset requests answer and cost the same for unknown addresses, and write no letter', async () => {
    await using app = await testApp();
    await app.as('alice').me.get();
    const request = async (email: string) => {
      const answer = await app.anonymous().fetch(`${app.url}/v1/auth/request-password-reset`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email }),
      });
      return { status: answer.status, text: await answer.text() };
    };
    await request('warm-up@example.org');
    const answers: unknown[] = [];
    const costs: number[] = [];
    for (const email of ['alice@example.org', 'nobody@example.org'])
      costs.push(await app.statements(async () => answers.push(await request(email))));
    expect(answers).toEqual([
      { status: 202, text: '{}' },
      { status: 202, text: '{}' },
    ]);
    expect(costs[0]).toBe(costs[1]);
    await app.drain();
    expect(app.outbox()).toHaveLength(1);
  });

  it('reset tokens are stored as hashes only, in no job either', async () => {
    await using app = await testApp();
    await app.as('alice').me.get();
    const token = await resetToken(app, 'alice@example.org');
    const stored = await app.database.system.selectFrom('verification').selectAll().execute();
    expect(stored).toHaveLength(1);
    expect(JSON.stringify(stored)).not.toContain(token);
    const jobs = await sql`select data, output from pgboss.job`.execute(app.database.system);
    expect(JSON.stringify(jobs.rows)).not.toContain(token);
  });

  it('reset requests are limited for each account and address', async () => {
    await using app = await testApp();
    const { client } = app.anonymous();
    for (let count = 0; count < 5; count += 1) await client.auth.requestPasswordReset({ email: 'a@example.org' });
    await expect(client.auth.requestPasswordReset({ email: 'A@example.org' })).rejects.toMatchObject({
      code: 'rate_limited',
    });
    for (let count = 6; count < 20; count += 1)
      await client.auth.requestPasswordReset({ email: `${count}@example.org` });
    await expect(client.auth.requestPasswordReset({ email: 'z@example.org' })).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfter: expect.any(Number),
    });
  });

  it('and every token serves its own purpose only', async () => {
    await using app = await testApp();
    const alice = app.visitor('alice');
    const workspace = await alice.client.workspaces.create({ name: 'Team' });
    const invitation = (await alice.client.workspaces.invite(workspace.id, { role: 'owner' })).token;
    const reset = await resetToken(app, 'alice@example.org');
    const cookie = decodeURIComponent(alice.cookies.get('parley.session')!);
    const sessionToken = cookie.split('.')[0]!;
    const { client } = app.anonymous();
    const notFound = { code: 'not_found' };
    const identifiers = await app.database.system.selectFrom('verification').select('identifier').execute();
    for (const token of [
      invitation,
      cookie,
      sessionToken,
      newToken(),
      identifiers[0]!.identifier,
      `reset-password:${reset}`,
    ])
      await expect(client.auth.resetPassword({ token, password: fresh }), token).rejects.toMatchObject(notFound);
    for (const token of [reset, cookie, sessionToken, newToken()]) {
      await expect(client.invitations.preview({ token })).rejects.toMatchObject(notFound);
      await expect(app.as('bob').invitations.accept({ token })).rejects.toMatchObject(notFound);
    }
    for (const token of [reset, invitation, sessionToken]) {
      const answer = await fetch(`${app.url}/v1/me`, { headers: { cookie: `parley.session=${token}` } });
      expect(answer.status).toBe(401);
      const bearer = await fetch(`${app.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } });
      expect(bearer.status).toBe(401);
    }
    await client.auth.resetPassword({ token: reset, password: fresh });
  });

  it('sweeps what expired, and nothing else', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    await alice.me.get();
    await resetToken(app, 'alice@example.org');
    const old = app.anonymous();
    await old.client.auth.signIn({ email: 'alice@example.org', password: app.password('alice') });
    const [current] = (await old.client.auth.sessions()).items;
    await app.database.system
      .updateTable('session')
      .set({ expires_at: new Date(0) })
      .where('id', '=', current!.id)
      .execute();
    const sweep = app.parley.jobList.find(({ name }) => name === 'identity.sweep')!;
    await sweep.run({} as never, { log: app.parley.log });
    expect(await app.database.system.selectFrom('session').select('id').execute()).toHaveLength(1);
    expect(await app.database.system.selectFrom('verification').select('id').execute()).toHaveLength(1);
  });
});
