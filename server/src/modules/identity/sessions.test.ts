import { describe, expect, it } from 'vitest';
import { createBroadcast } from '../../platform/broadcast.ts';
import { systemClock } from '../../platform/clock.ts';
import { newId } from '../../platform/ids.ts';
import { testApp, type TestApp } from '../../testing/app.ts';
import { createSessionMemory } from './sessions.ts';

const cookieName = 'parley.session';

const signedIn = async (app: TestApp, name: string) => {
  const visitor = app.anonymous();
  await visitor.client.auth.signIn({ email: `${name}@example.org`, password: app.password(name) });
  return visitor;
};

const meStatus = async (app: TestApp, cookie: string | null): Promise<number> => {
  const answer = await fetch(`${app.url}/v1/me`, { headers: cookie === null ? {} : { cookie } });
  return answer.status;
};

describe('sessions', () => {
  it('live in a cookie that scripts cannot read', async () => {
    await using app = await testApp();
    await app.as('alice').me.get();
    const answer = await app.anonymous().fetch(`${app.url}/v1/auth/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'alice@example.org', password: app.password('alice') }),
    });
    const lines = answer.headers.getSetCookie();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^${cookieName}=`));
    const attributes = lines[0]!.split('; ').slice(1).sort();
    expect(attributes).toEqual(['HttpOnly', `Max-Age=${30 * 24 * 3600}`, 'Path=/', 'SameSite=Lax']);
    expect(await answer.text()).not.toContain(lines[0]!.slice(cookieName.length + 1, cookieName.length + 20));
  });

  it('are bound to the host and to https where there is https', async () => {
    await using app = await testApp({ PUBLIC_URL: 'https://parley.example.org' });
    const post = (path: string, body: object, headers: Record<string, string> = {}) =>
      fetch(`${app.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: 'https://parley.example.org', ...headers },
        body: JSON.stringify(body),
      });
    const account = { name: 'Alice', email: 'alice@example.org', password: app.password('alice') };
    const [line] = (await post('/v1/auth/sign-up', account)).headers.getSetCookie();
    expect(line).toMatch(/^__Host-parley\.session=/);
    expect(line!.split('; ')).toEqual(expect.arrayContaining(['Secure', 'HttpOnly', 'Path=/', 'SameSite=Lax']));
    expect(line).not.toMatch(/domain/i);
    const cookie = line!.split(';')[0]!;
    expect(await meStatus(app, cookie)).toBe(200);
    expect(await meStatus(app, cookie.replace('__Host-', ''))).toBe(401);
    const out = await fetch(`${app.url}/v1/auth/sign-out`, {
      method: 'POST',
      headers: { cookie, origin: 'https://parley.example.org' },
    });
    expect(out.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-parley\.session=;.*Max-Age=0.*Secure/)]);
  });

  it('are refused when forged, garbage or of another name', async () => {
    await using app = await testApp();
    const alice = app.visitor('alice');
    await alice.client.me.get();
    const value = alice.cookies.get(cookieName)!;
    expect(await meStatus(app, `${cookieName}=${value}`)).toBe(200);
    const [token, signature] = value.split('.') as [string, string];
    const flip = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
    const forged = [
      `${flip(token)}.${signature}`,
      `${token}.${flip(signature)}`,
      token,
      `${token}.`,
      `.${signature}`,
      '',
      'null',
      '%00',
      '%E0%A4%A',
      `"${value}`,
      'x'.repeat(5000),
      `${value}${value}`,
    ];
    for (const cookie of forged) expect(await meStatus(app, `${cookieName}=${cookie}`), cookie).toBe(401);
    expect(await meStatus(app, `better-auth.session_token=${value}`)).toBe(401);
    expect(await meStatus(app, null)).toBe(401);
    expect(await meStatus(app, `${cookieName}=${value}`)).toBe(200);
  });

  it('end after thirty days, also when they were used a moment ago', async () => {
    let ahead = 0;
    await using app = await testApp({}, { clock: { now: () => new Date(Date.now() + ahead) } });
    const alice = app.as('alice');
    const [session] = (await alice.auth.sessions()).items;
    ahead = Date.parse(session!.expiresAt) - Date.now() - 5_000;
    await alice.me.get();
    ahead += 5_001;
    await expect(alice.me.get()).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('cost no statement when they were seen a moment ago', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    await alice.workspaces.list();
    const unknown = alice.workspaces.get(newId()).catch(() => {});
    expect(await app.statements(() => unknown)).toBe(0);
  });

  it('change at sign-in: the one that was presented ends', async () => {
    await using app = await testApp();
    await app.as('alice').me.get();
    const browser = await signedIn(app, 'alice');
    const before = browser.cookies.get(cookieName)!;
    expect(await meStatus(app, `${cookieName}=${before}`)).toBe(200);
    await browser.client.auth.signIn({ email: 'alice@example.org', password: app.password('alice') });
    expect(browser.cookies.get(cookieName)).not.toBe(before);
    expect(await meStatus(app, `${cookieName}=${before}`)).toBe(401);
    await expect(browser.client.auth.signIn({ email: 'alice@example.org', password: 'wrong' })).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    await browser.client.me.get();
  });

  it('are listed, and end one by one, at sign-out and everywhere', async () => {
    await using app = await testApp();
    await app.as('alice').me.get();
    const [one, two, three] = [
      await signedIn(app, 'alice'),
      await signedIn(app, 'alice'),
      await signedIn(app, 'alice'),
    ];
    const { items } = await one.client.auth.sessions();
    expect(items).toHaveLength(4);
    expect(items.filter(({ current }) => current)).toHaveLength(1);
    const ofTwo = (await two.client.auth.sessions()).items.find(({ current }) => current)!;
    await one.client.auth.revokeSession(ofTwo.id);
    await expect(two.client.me.get()).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(one.client.auth.revokeSession(ofTwo.id)).rejects.toMatchObject({ code: 'not_found' });

    const kept = three.cookies.get(cookieName)!;
    await three.client.auth.signOut();
    expect(three.cookies.size).toBe(0);
    expect(await meStatus(app, `${cookieName}=${kept}`)).toBe(401);

    const mine = one.cookies.get(cookieName)!;
    await one.client.auth.signOutEverywhere();
    expect(one.cookies.size).toBe(0);
    expect(await meStatus(app, `${cookieName}=${mine}`)).toBe(401);
    await expect(app.as('alice').me.get()).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('of others cannot be ended or told from unknown ones', async () => {
    await using app = await testApp();
    const [session] = (await app.as('alice').auth.sessions()).items;
    const refusals = [];
    for (const id of [session!.id, newId()])
      refusals.push(
        await app
          .as('bob')
          .auth.revokeSession(id)
          .catch(({ code, detail }) => ({ code, detail })),
      );
    expect(refusals[0]).toEqual(refusals[1]);
    expect(refusals[0]).toMatchObject({ code: 'not_found' });
    await app.as('alice').me.get();
  });

  it('do not serve requests from other sites', async () => {
    await using app = await testApp();
    const alice = app.visitor('alice');
    await alice.client.me.get();
    for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example']) {
      const answer = await alice.fetch(`${app.url}/v1/auth/sign-out`, { method: 'POST', headers: { origin } });
      expect(answer.status, origin).toBe(403);
    }
    const without = await fetch(`${app.url}/v1/auth/sign-out`, {
      method: 'POST',
      headers: { cookie: `${cookieName}=${alice.cookies.get(cookieName)}` },
    });
    expect(without.status).toBe(403);
    await alice.client.me.get();
  });

  it('that end on one node are forgotten on the others', async () => {
    const broadcast = createBroadcast();
    const [here, there] = [1, 2].map(() => createSessionMemory({ broadcast, clock: systemClock }));
    const session = { userId: 'ann', sessionId: 's', isOperator: false, expiresAt: new Date(Date.now() + 60_000) };
    await there!.get('cookie', async () => session);
    here!.forget('bob');
    expect(await there!.get('cookie', async () => null)).toBe(session);
    here!.forget('ann');
    expect(await there!.get('cookie', async () => null)).toBeNull();
  });
});
