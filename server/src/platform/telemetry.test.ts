import { afterEach, describe, expect, test } from 'vitest';
import { testApp, type TestApp } from '../testing/app.ts';

let app: TestApp;
afterEach(() => app[Symbol.asyncDispose]());

const metrics = async (headers: Record<string, string> = {}) => {
  const response = await fetch(`${app.url}/metrics`, { headers });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
};

describe('/metrics', () => {
  test('without a token is for this machine only, and not for those whom a proxy on it lets through', async () => {
    app = await testApp();
    const answer = await metrics();
    expect(answer.status).toBe(200);
    expect(answer.type).toMatch(/^text\/plain/);
    expect((await metrics({ 'x-forwarded-for': '198.51.100.1' })).status).toBe(404);
    expect((await metrics({ forwarded: 'for=198.51.100.1' })).status).toBe(404);
  });

  test('with a token is for those who bring it, and looks like nothing to others', async () => {
    const token = 'a-token-for-metrics';
    app = await testApp({ METRICS_TOKEN: token });
    const refusals: Record<string, string>[] = [
      {},
      { authorization: token },
      { authorization: 'Bearer ' },
      { authorization: `Bearer ${token}x` },
    ];
    for (const headers of refusals) {
      const answer = await metrics(headers);
      expect(answer.status).toBe(404);
      expect(JSON.parse(answer.text)).toMatchObject({ code: 'not_found' });
    }
    expect((await metrics({ authorization: `Bearer ${token}` })).status).toBe(200);
  });

  test('counts by route, not by path, and names nobody', async () => {
    app = await testApp();
    const { user } = await app.as('alice').me.get();
    const id = '01890a5d-ac96-774b-bcce-b302099a8057';
    await app.visitor('alice').fetch(`${app.url}/v1/bots/${id}`);
    await fetch(`${app.url}/v1/no-such-route-${id}`);
    const { text } = await metrics();
    expect(text).toMatch(/parley_http_request_seconds_count\{method="GET",route="\/v1\/bots\/:id",status="404"\} 1/);
    expect(text).toMatch(/parley_database_statements_total \d+/);
    for (const private_ of [id, 'no-such-route', user.id, user.email, 'alice']) expect(text).not.toContain(private_);
  });
});

test('/readyz and /healthz answer anybody', async () => {
  app = await testApp();
  const ready = await fetch(`${app.url}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toEqual({ status: 'ready', checks: { database: 'ok' } });
  expect(await (await fetch(`${app.url}/healthz`)).json()).toEqual({ status: 'alive' });
});
