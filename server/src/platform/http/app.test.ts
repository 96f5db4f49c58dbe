import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import pino from 'pino';
import { AppError, notFound } from '../errors.ts';
import { createLog } from '../log.ts';
import { createTelemetry } from '../telemetry.ts';
import { createHttp, type HttpOptions, type Routes } from './app.ts';

const lines: string[] = [];
const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });

const makeHttp = (routes: Routes, options: Partial<HttpOptions> = {}) =>
  createHttp({
    publicUrl: 'http://localhost',
    trustedProxies: [],
    resolveCaller: async () => null,
    routes: [routes],
    log: createLog('silent'),
    telemetry: createTelemetry(() => 0),
    version: '0',
    ...options,
  });

const open = { config: { access: 'public' as const } };
const routes: Routes = (app) => {
  app.get('/v1/fine/:id', open, () => ({ ok: true }));
  app.get('/v1/broken', open, () => {
    throw new Error('connection to postgres://user:hidden-word@host failed');
  });
  app.get('/v1/refused', open, () => {
    throw new AppError('conflict', 'Somebody was faster.', {
      details: { winner: 'alice' },
      errors: [{ path: 'name', message: 'is taken' }],
      retryAfter: 1.2,
      cause: new Error('hidden-word'),
    });
  });
  app.get('/v1/unknown', open, () => {
    throw notFound();
  });
  app.get('/v1/thrown-text', open, () => {
    // oxlint-disable-next-line typescript/only-throw-error -- a library may do that
    throw 'hidden-word';
  });
  app.get('/v1/away', open, () => {
    throw Object.assign(new Error('connect ECONNREFUSED hidden-word'), { code: 'ECONNREFUSED' });
  });
  app.get('/v1/wrong-answer', { ...open, schema: { response: { 200: z.object({ count: z.number() }) } } }, () => {
    return { count: 'hidden-word' } as never;
  });
};

let url: string;
let close: () => Promise<void>;
beforeAll(async () => {
  const app = await makeHttp(routes, { log });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  close = () => app.close();
});
afterAll(() => close());

type Problem = Record<string, unknown>;
const problemAt = async (path: string, init?: RequestInit): Promise<{ response: Response; problem: Problem }> => {
  const response = await fetch(url + path, init);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json(;|$)/);
  expect(response.headers.get('cache-control')).toBe('no-store');
  const problem = (await response.json()) as Problem;
  expect(problem.status).toBe(response.status);
  expect(problem.requestId).toBe(response.headers.get('x-request-id'));
  expect(JSON.stringify(problem)).not.toContain('hidden-word');
  return { response, problem };
};

describe('an error is a problem document', () => {
  test('with every public member and no other', async () => {
    const { response, problem } = await problemAt('/v1/refused', { headers: { 'x-request-id': 'my-request-1' } });
    expect(response.headers.get('retry-after')).toBe('2');
    expect(problem).toEqual({
      type: 'https://parley.dev/problems/conflict',
      title: 'Conflict',
      status: 409,
      code: 'conflict',
      detail: 'Somebody was faster.',
      requestId: 'my-request-1',
      errors: [{ path: 'name', message: 'is taken' }],
      retryAfter: 1.2,
      winner: 'alice',
    });
  });

  test.each([
    ['/v1/broken', 500, 'internal'],
    ['/v1/thrown-text', 500, 'internal'],
    ['/v1/wrong-answer', 500, 'internal'],
    ['/v1/away', 503, 'unavailable'],
    ['/v1/unknown', 404, 'not_found'],
    ['/v1/no-such-route', 404, 'not_found'],
    ['/', 404, 'not_found'],
    ['/v1/fine/%zz', 400, 'invalid_request'],
    [`/v1/fine/${'x'.repeat(201)}`, 404, 'not_found'],
  ])('%s is answered with %i %s', async (path, status, code) => {
    const { problem } = await problemAt(path);
    expect(problem).toMatchObject({ status, code });
    expect(Object.keys(problem).sort()).toEqual(
      ['code', 'detail', 'requestId', 'status', 'title', 'type', ...(status === 503 ? ['retryAfter'] : [])].sort(),
    );
  });

  test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('for the method %s that a route does not have', async (method) => {
    const { problem } = await problemAt('/v1/broken', { method });
    expect(problem.code).toBe('not_found');
  });

  test('answers an unknown object and an unknown route alike', async () => {
    const [object, route] = [await problemAt('/v1/unknown'), await problemAt('/v1/no-such-route')];
    expect({ ...object.problem, requestId: '' }).toEqual({ ...route.problem, requestId: '' });
  });

  test('keeps the cause of an internal fault for the log, under the request id', async () => {
    const { problem } = await problemAt('/v1/broken');
    const line = lines.find((text) => text.includes('request failed') && text.includes(String(problem.requestId)));
    expect(line).toContain('connection to postgres://');
  });
});

describe('the request id', () => {
  test.each(['abcdefgh', 'A.b_c-1234567890', 'x'.repeat(64)])('%s of the caller is kept', async (id) => {
    const response = await fetch(`${url}/v1/fine/1`, { headers: { 'x-request-id': id } });
    expect(response.headers.get('x-request-id')).toBe(id);
  });

  test.each(['short', 'x'.repeat(65), 'two words here', '<script>alert(1)</script>', '{"level":50}'])(
    '%s is replaced',
    async (id) => {
      const response = await fetch(`${url}/v1/fine/1`, { headers: { 'x-request-id': id } });
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    },
  );
});

test.each([
  ['what is not HTTP', 'not http at all\r\n\r\n', 400],
  ['headers without an end', `GET /v1/fine/1 HTTP/1.1\r\nhost: x\r\na: ${'b'.repeat(20_000)}\r\n\r\n`, 431],
])('%s is refused and named nothing', async (_what, text, status) => {
  const answer = await new Promise<string>((resolve, reject) => {
    let all = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => (all += chunk.toString()));
    socket.on('close', () => resolve(all));
    socket.on('error', reject);
  });
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(answer).not.toMatch(/fastify|node|stack/i);
});

describe('a route without an access rule', () => {
  test.each<[string, Routes]>([
    ['and without a config', (app) => void app.get('/v1/open', () => 1)],
    ['but with a config', (app) => void app.post('/v1/open', { config: {} }, () => 1)],
    ['in a scope of its own', (app) => void app.register(async (scope) => void scope.get('/v1/open', () => 1))],
  ])('%s refuses to boot, by its name', async (_what, faulty) => {
    await expect(makeHttp(faulty).then((app) => app.ready())).rejects.toThrow(
      /route (GET|POST) \/v1\/open has no access rule/,
    );
  });

  test('cannot be slipped in after the guards either', async () => {
    const app = await makeHttp(() => {});
    expect(() => app.get('/v1/open', () => 1)).toThrow(/no access rule/);
    await app.close();
  });
});

test('a caller is not there on a public route', async () => {
  const app = await makeHttp((routeApp) => {
    routeApp.get('/v1/who', open, (request) => request.caller.userId);
  });
  expect((await app.inject('/v1/who')).statusCode).toBe(500);
  await app.close();
});
