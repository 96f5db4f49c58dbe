import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createLog } from '../log.ts';
import { createTelemetry } from '../telemetry.ts';
import { createHttp, type Routes } from './app.ts';

const maxBytes = 1024 * 1024;

const routes: Routes = (app) => {
  const body = z.strictObject({
    name: z.string().max(10),
    count: z.int().min(1).max(5).optional(),
    model: z.strictObject({ temperature: z.number() }).optional(),
    free: z.unknown().optional(),
  });
  app.post('/v1/things', { config: { access: 'public' }, schema: { body } }, (request) => request.body);
  app.get(
    '/v1/things/:id',
    {
      config: { access: 'public' },
      schema: {
        params: z.strictObject({ id: z.uuid() }),
        querystring: z.strictObject({ limit: z.coerce.number().int().min(1).max(100).default(50) }),
      },
    },
    (request) => request.query,
  );
};

let url: string;
let close: () => Promise<void>;
beforeAll(async () => {
  const app = await createHttp({
    publicUrl: 'http://localhost',
    trustedProxies: [],
    resolveCaller: async () => null,
    routes: [routes],
    log: createLog('silent'),
    telemetry: createTelemetry(() => 0),
    version: '0',
  });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  close = () => app.close();
});
afterAll(() => close());

interface Problem {
  code: string;
  detail: string;
  errors?: { path: string; message: string }[];
}

const post = (text: string, contentType: string | null = 'application/json'): Promise<Response> =>
  fetch(`${url}/v1/things`, {
    method: 'POST',
    body: Buffer.from(text),
    headers: contentType === null ? {} : { 'content-type': contentType },
  });

const refused = async (response: Response | Promise<Response>, status: number, code: string): Promise<Problem> => {
  const answer = await response;
  const problem = (await answer.json()) as Problem;
  expect({ status: answer.status, code: problem.code }).toEqual({ status, code });
  return problem;
};

/** Like `post`, over node:http, which still reads an answer that comes before the whole body was sent. */
const postBytes = (size: number, headers: Record<string, string | number>): Promise<number> =>
  new Promise((resolve, reject) => {
    const request = httpRequest(`${url}/v1/things`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
    });
    let status: number | null = null;
    request.on('response', (response) => {
      status = response.statusCode!;
      resolve(status);
      response.resume();
    });
    request.on('error', (error) => (status === null ? reject(error) : undefined));
    const frame = '{"name":"x","free":""}';
    request.end(frame.replace('""', `"${'a'.repeat(size - frame.length)}"`));
  });

describe('a body', () => {
  test('of the described form comes through', async () => {
    const answer = await post('{"name":"x","count":5,"model":{"temperature":0.5}}');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ name: 'x', count: 5, model: { temperature: 0.5 } });
  });

  test.each([
    ['{"name":"x","owner":"me"}', ['owner']],
    ['{"name":"x","a":1,"b":2}', ['a', 'b']],
    ['{"name":"x","model":{"temperature":1,"provider":"y"}}', ['model.provider']],
    ['{"name":5}', ['name']],
    ['{"name":null}', ['name']],
    ['{"name":["x"]}', ['name']],
    ['{"name":{"toString":"x"}}', ['name']],
    ['{"name":"12345678901"}', ['name']],
    ['{"name":"x","count":0}', ['count']],
    ['{"name":"x","count":6}', ['count']],
    ['{"name":"x","count":"3"}', ['count']],
    ['{"name":"x","count":1.5}', ['count']],
    ['{"name":"x","count":1e999}', ['count']],
    ['{"name":"x","model":{"temperature":"warm"}}', ['model.temperature']],
    ['{"name":1,"count":"x"}', ['name', 'count']],
    ['{}', ['name']],
    ['[]', ['']],
    ['null', ['']],
    ['"text"', ['']],
    ['1', ['']],
  ])('%s is refused by the path of each fault', async (text, paths) => {
    const problem = await refused(post(text), 400, 'invalid_request');
    expect(problem.errors?.map(({ path }) => path)).toEqual(paths);
    expect(problem.detail).toMatch(/^body/);
  });

  test.each([
    '{"name":"x","__proto__":{"polluted":1}}',
    '{"name":"x","constructor":{"prototype":{"polluted":1}}}',
    '{"name":"x","prototype":1}',
    '{"name":"x","free":{"__proto__":{"polluted":1}}}',
    '{"name":"x","free":[[{"a":{"constructor":1}}]]}',
    '{"name":"x","model":{"temperature":1,"__proto__":null}}',
    '{"name":"x","free":{"\\u005f_proto__":1}}',
    '{"__proto__":{"name":"x"}}',
    '[{"__proto__":1}]',
  ])('%s reaches for a prototype and is refused', async (text) => {
    const problem = await refused(post(text), 400, 'invalid_request');
    expect(problem.detail).toMatch(/"(__proto__|constructor|prototype)" is not allowed/);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('may name prototypes in its values', async () => {
    expect((await post('{"name":"__proto__","free":["constructor"]}')).status).toBe(200);
  });

  test.each([
    '{',
    '{"name":"x"',
    "{'name':'x'}",
    '{"name":"x",}',
    '{"name":NaN}',
    'name=x',
    '\u0000',
    '{"name":"x"} {}',
  ])('%j is not JSON', async (text) => {
    const problem = await refused(post(text), 400, 'invalid_request');
    expect(problem.detail).toBe('The body is not valid JSON.');
  });

  test.each(['', ' ', '\n\t'])('%j is empty', async (text) => {
    expect((await refused(post(text), 400, 'invalid_request')).detail).toMatch(/body/);
  });

  test('may be left out no more than it may be empty', async () => {
    await refused(fetch(`${url}/v1/things`, { method: 'POST' }), 400, 'invalid_request');
  });

  test('is 32 levels deep at most', async () => {
    const nested = (levels: number): string => `{"name":"x","free":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
    expect((await post(nested(31))).status).toBe(200);
    expect((await post(nested(32))).status).toBe(200);
    expect((await refused(post(nested(33)), 400, 'invalid_request')).detail).toMatch(/deeper than 32/);
    await refused(post(`{"name":"x","free":${'{"a":'.repeat(32)}1${'}'.repeat(32)}}`), 400, 'invalid_request');
    await refused(post('['.repeat(500_000)), 400, 'invalid_request');
  });

  test('is not taken for deep by the brackets in its text', async () => {
    expect((await post(`{"name":"x","free":"${'[{'.repeat(100)}"}`)).status).toBe(200);
    expect((await post(`{"name":"x","free":"\\"${'[{'.repeat(100)}\\\\"}`)).status).toBe(200);
    await refused(post(`{"name":"x","free":["\\\\",${'['.repeat(40)}${']'.repeat(40)}]}`), 400, 'invalid_request');
  });

  test.each([
    [maxBytes - 1, 200],
    [maxBytes, 200],
    [maxBytes + 1, 413],
  ])('of %i bytes is answered with %i, with and without a said length', async (size, status) => {
    expect(await postBytes(size, { 'content-length': size })).toBe(status);
    expect(await postBytes(size, { 'transfer-encoding': 'chunked' })).toBe(status);
  });

  test('that is too large is told so in the usual form', async () => {
    const response = post(JSON.stringify({ name: 'x', free: 'a'.repeat(maxBytes) }));
    await refused(response, 413, 'payload_too_large');
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/jsonp',
    'application/problem+json',
    'text/json',
    'application',
    '*/*',
  ])('as %s is refused', async (contentType) => {
    await refused(post('{"name":"x"}', contentType), 415, 'unsupported_media_type');
  });

  test('needs its content type to be said', async () => {
    await refused(post('{"name":"x"}', null), 415, 'unsupported_media_type');
  });

  test.each(['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON'])(
    'as %s is read',
    async (type) => {
      expect((await post('{"name":"x"}', type)).status).toBe(200);
    },
  );
});

describe('path and query', () => {
  const id = '01890a5d-ac96-774b-bcce-b302099a8057';
  const get = (path: string): Promise<Response> => fetch(`${url}/v1/things/${path}`);

  test('of the described form come through', async () => {
    expect(await (await get(id)).json()).toEqual({ limit: 50 });
    expect(await (await get(`${id}?limit=100`)).json()).toEqual({ limit: 100 });
  });

  test.each([
    [`${id}?limit=0`, 'limit'],
    [`${id}?limit=101`, 'limit'],
    [`${id}?limit=1&limit=2`, 'limit'],
    [`${id}?limit=x`, 'limit'],
    [`${id}?workspace=1`, 'workspace'],
    [`${id}?__proto__=1`, '__proto__'],
    [`${id}?constructor=1`, 'constructor'],
    ['1', 'id'],
    [`${id}'--`, 'id'],
    ['..%2f..%2fetc', 'id'],
  ])('%s is refused by the name of the fault', async (path, name) => {
    const problem = await refused(get(path), 400, 'invalid_request');
    expect(problem.errors?.map((fault) => fault.path)).toEqual([name]);
  });
});
