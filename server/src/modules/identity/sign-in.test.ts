import { describe, expect, it } from 'vitest';
import { testApp, type TestApp } from '../../testing/app.ts';

const attempt = async (app: TestApp, email: string, password: string) => {
  const started = performance.now();
  const answer = await app.anonymous().fetch(`${app.url}/v1/auth/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  const { requestId: _, ...problem } = (await answer.json()) as Record<string, unknown>;
  return { status: answer.status, problem, cookies: answer.headers.getSetCookie(), ms: performance.now() - started };
};

describe('sign-in', () => {
  it('takes the address in any case and answers with the person and the workspaces', async () => {
    await using app = await testApp();
    const me = await app.as('alice').me.get();
    const browser = app.anonymous();
    const again = await browser.client.auth.signIn({ email: ' ALICE@Example.org ', password: app.password('alice') });
    expect(again).toEqual(me);
    expect(await browser.client.me.get()).toEqual(me);
  });

  it('does not tell an unknown address from a wrong password, neither by words nor by work', async () => {
    await using app = await testApp();
    await app.as('alice').me.get();
    const wrong = [];
    const unknown = [];
    for (let round = 0; round < 4; round += 1) {
      wrong.push(await attempt(app, 'alice@example.org', 'not the password'));
      unknown.push(await attempt(app, 'nobody@example.org', 'not the password'));
    }
    const [{ ms: _, ...first }] = wrong as [(typeof wrong)[0]];
    expect(first).toMatchObject({ status: 401, cookies: [], problem: { code: 'unauthenticated' } });
    for (const { ms: _ms, ...other } of [...wrong, ...unknown]) expect(other).toEqual(first);
    const fastest = (list: { ms: number }[]) => Math.min(...list.map(({ ms }) => ms));
    expect(fastest(unknown)).toBeGreaterThan(fastest(wrong) * 0.3);
    expect(fastest(wrong)).toBeGreaterThan(fastest(unknown) * 0.3);
  });

  it('is limited for each account, known or not, without locking out the others', async () => {
    await using app = await testApp();
    await app.as('alice').me.get();
    for (const email of ['bob@example.org', 'alice@example.org']) {
      for (let count = 0; count < 10; count += 1) expect((await attempt(app, email, 'wrong')).status).toBe(401);
      const refused = await attempt(app, email.toUpperCase(), app.password('alice'));
      expect(refused).toMatchObject({ status: 429, problem: { code: 'rate_limited', retryAfter: expect.any(Number) } });
    }
    expect((await attempt(app, 'carol@example.org', 'wrong')).status).toBe(401);
  });

  it('takes nothing but an address and a password', async () => {
    await using app = await testApp();
    for (const body of [
      { email: 'alice@example.org' },
      { email: 'alice', password: 'x' },
      { email: 'alice@example.org', password: '' },
      { email: 'alice@example.org', password: 'x'.repeat(129) },
      { email: { contains: '@' }, password: 'x' },
      { email: 'alice@example.org', password: 'x', rememberMe: true },
      { email: 'alice@example.org', password: 'x', callbackURL: 'https://evil.example' },
    ])
      await expect(app.anonymous().client.auth.signIn(body as never)).rejects.toMatchObject({
        code: 'invalid_request',
      });
  });

  it('has no other door: the library’s own routes do not exist', async () => {
    await using app = await testApp();
    for (const path of ['/api/auth/ok', '/api/auth/sign-up/email', '/api/auth/get-session', '/v1/auth/session']) {
      expect((await app.anonymous().fetch(`${app.url}${path}`)).status, path).toBe(404);
      expect((await app.anonymous().fetch(`${app.url}${path}`, { method: 'POST' })).status, path).toBe(404);
    }
  });
});
