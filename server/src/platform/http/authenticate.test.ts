import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { roles, type Caller, type Role } from '../caller.ts';
import { createLog } from '../log.ts';
import { createTelemetry } from '../telemetry.ts';
import { createHttp, type Routes } from './app.ts';

const callerWith = (role: Role): Caller => ({
  kind: 'user',
  userId: 'user',
  sessionId: 'session',
  isOperator: false,
  memberships: [],
  workspaceId: 'workspace',
  role,
});

const routes: Routes = (app) => {
  for (const access of ['public', 'user', ...roles] as const) {
    app.get(`/v1/${access}`, { config: { access } }, () => ({}));
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const)
      app.route({ method, url: `/v1/${access}`, config: { access }, handler: () => ({}) });
  }
};

const publicUrl = 'https://parley.example.org';
let url: string;
let port: string;
let close: () => Promise<void>;
beforeAll(async () => {
  const app = await createHttp({
    publicUrl,
    trustedProxies: [],
    resolveCaller: async (request) => {
      const role = /role=(\w+)/.exec(request.headers.cookie ?? '')?.[1];
      return role ? callerWith(role as Role) : null;
    },
    routes: [routes],
    log: createLog('silent'),
    telemetry: createTelemetry(() => 0),
    version: '0',
  });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  port = new URL(url).port;
  close = () => app.close();
});
afterAll(() => close());

/** The code of the refusal, or the status. Over node:http, because fetch does not let a test choose `Host`. */
const answer = (path: string, headers: Record<string, string>, method = 'GET'): Promise<string> =>
  new Promise((resolve, reject) => {
    const request = httpRequest(`${url}${path}`, { method, headers }, (response) => {
      text(response).then((body) => {
        const { code } = JSON.parse(body) as { code?: string };
        resolve(code ?? String(response.statusCode));
      }, reject);
    });
    request.on('error', reject);
    request.end();
  });

describe('access', () => {
  test.each(['user', ...roles])('to a route for %s needs a caller', async (access) => {
    expect(await answer(`/v1/${access}`, {})).toBe('unauthenticated');
  });

  test.each(roles.flatMap((role) => roles.map((access) => [role, access] as const)))(
    'of a %s to a route for %s follows the order of the roles',
    async (role, access) => {
      const allowed = roles.indexOf(role) <= roles.indexOf(access);
      expect(await answer(`/v1/${access}`, { cookie: `role=${role}` })).toBe(allowed ? '200' : 'forbidden');
    },
  );

  test('of any member to a route for users, and of anybody to a public one', async () => {
    expect(await answer('/v1/user', { cookie: 'role=viewer' })).toBe('200');
    expect(await answer('/v1/public', {})).toBe('200');
  });
});

describe('the origin of a request that changes something', () => {
  const cookie = 'role=owner';

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s with a cookie must be the public address', async (method) => {
    expect(await answer('/v1/user', { cookie, origin: publicUrl }, method)).toBe('200');
    expect(await answer('/v1/user', { cookie }, method)).toBe('forbidden');
  });

  test.each([
    'https://evil.example',
    'http://parley.example.org',
    'https://parley.example.org:444',
    'https://parley.example.org.evil.example',
    'https://parley.example.org@evil.example',
    'https://sub.parley.example.org',
    'null',
    '',
    'not a url',
    'file://',
    'http://127.0.0.1',
    'http://127.0.0.1:1',
    'http://localhost.evil.example',
  ])('is not %j, with a cookie or without', async (origin) => {
    expect(await answer('/v1/user', { cookie, origin }, 'POST')).toBe('forbidden');
    expect(await answer('/v1/public', { origin }, 'POST')).toBe('forbidden');
  });

  test('may be this machine under the very name it was called by', async () => {
    expect(await answer('/v1/user', { cookie, origin: url }, 'POST')).toBe('200');
    const byName = `http://localhost:${port}`;
    expect(await answer('/v1/user', { cookie, origin: byName, host: `localhost:${port}` }, 'POST')).toBe('200');
    expect(await answer('/v1/user', { cookie, origin: byName }, 'POST')).toBe('forbidden');
  });

  test('is not a foreign name that leads to this machine (DNS rebinding)', async () => {
    const headers = { cookie, origin: `http://evil.example:${port}`, host: `evil.example:${port}` };
    expect(await answer('/v1/user', headers, 'POST')).toBe('forbidden');
  });

  test('is not asked for without a browser: no cookie, no origin', async () => {
    expect(await answer('/v1/public', {}, 'POST')).toBe('200');
    expect(await answer('/v1/user', {}, 'POST')).toBe('unauthenticated');
  });

  test('does not matter to reading', async () => {
    expect(await answer('/v1/user', { cookie, origin: 'https://evil.example' })).toBe('200');
  });

  test('is judged before anybody is told whether they are signed in', async () => {
    expect(await answer('/v1/user', { origin: 'https://evil.example' }, 'POST')).toBe('forbidden');
  });
});
