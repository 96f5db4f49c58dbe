import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Caller } from '../caller.ts';
import { createLog } from '../log.ts';
import { createTelemetry } from '../telemetry.ts';
import { createHttp, type HttpOptions } from './app.ts';
import { createRedisLink } from '../broadcast-redis.ts';
import { secret } from '../secret.ts';
import { redisMissing, startRedis, type RedisServer } from '../../testing/redis-server.ts';
import { createCount, type Limit, type RouteLimit } from './limits.ts';

let close: () => Promise<void> = async () => {};
afterEach(() => close());

const serve = async (
  limit: RouteLimit | RouteLimit[],
  trustedProxies: string[] = [],
  limits?: HttpOptions['limits'],
): Promise<string> => {
  const app = await createHttp({
    publicUrl: 'http://localhost',
    trustedProxies,
    ...(limits ? { limits } : {}),
    resolveCaller: async (request) =>
      ({ userId: String(request.headers.authorization), role: 'owner' }) as Partial<Caller> as Caller,
    routes: [
      (routes) => {
        const body = z.strictObject({ email: z.string() });
        routes.post('/v1/tried', { config: { access: 'public', limit }, schema: { body } }, () => ({}));
        routes.post('/v1/free', { config: { access: 'public' }, schema: { body } }, () => ({}));
        routes.get('/v1/mine', { config: { access: 'user', limit } }, () => ({}));
        routes.delete('/v1/mine', { config: { access: 'user' } }, () => ({}));
      },
    ],
    log: createLog('silent'),
    telemetry: createTelemetry(() => 0),
    version: '0',
  });
  close = () => app.close();
  return app.listen({ host: '127.0.0.1', port: 0 });
};

const attempt = (url: string, email = 'a@example.org', headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/v1/tried`, {
    method: 'POST',
    body: JSON.stringify({ email }),
    headers: { 'content-type': 'application/json', ...headers },
  });

const statuses = async (count: number, work: () => Promise<Response>): Promise<number[]> => {
  const seen: number[] = [];
  for (let index = 0; index < count; index += 1) seen.push((await work()).status);
  return seen;
};

describe('a rate limit', () => {
  test('lets through as often as it says and then tells when to come back', async () => {
    const url = await serve({ name: 'tried', by: 'address', points: 3, seconds: 60 });
    expect(await statuses(2, () => attempt(url))).toEqual([200, 200]);
    expect((await attempt(url)).status).toBe(200);
    const refused = await attempt(url);
    expect(refused.status).toBe(429);
    const wait = Number(refused.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(50);
    expect(wait).toBeLessThanOrEqual(60);
    expect(await refused.json()).toMatchObject({ code: 'rate_limited', retryAfter: wait });
    expect(
      (
        await fetch(`${url}/v1/free`, {
          method: 'POST',
          body: '{"email":"x"}',
          headers: { 'content-type': 'application/json' },
        })
      ).status,
    ).toBe(200);
  });

  test('ends after its time', async () => {
    const url = await serve({ name: 'tried', by: 'address', points: 1, seconds: 1 });
    expect(await statuses(2, () => attempt(url))).toEqual([200, 429]);
    await expect.poll(async () => (await attempt(url)).status, { timeout: 10_000, interval: 300 }).toBe(200);
  });

  test('by account counts each address of mail for itself, however it is written', async () => {
    const url = await serve({ name: 'tried', by: 'account', points: 2, seconds: 60 });
    expect(await statuses(2, () => attempt(url, 'a@example.org'))).toEqual([200, 200]);
    expect((await attempt(url, ' A@Example.ORG ')).status).toBe(429);
    expect((await attempt(url, 'b@example.org')).status).toBe(200);
  });

  test('by user counts each user for themselves', async () => {
    const url = await serve({ name: 'tried', by: 'user', points: 1, seconds: 60 });
    const as = (name: string) => fetch(`${url}/v1/mine`, { headers: { authorization: name } });
    expect(await statuses(2, () => as('alice'))).toEqual([200, 429]);
    expect((await as('bob')).status).toBe(200);
  });

  test('is one of several when a route has several', async () => {
    const url = await serve([
      { name: 'by-account', by: 'account', points: 1, seconds: 60 },
      { name: 'by-address', by: 'address', points: 2, seconds: 60 },
    ]);
    expect((await attempt(url, 'a@example.org')).status).toBe(200);
    expect((await attempt(url, 'a@example.org')).status).toBe(429);
    expect((await attempt(url, 'b@example.org')).status).toBe(200);
    expect((await attempt(url, 'c@example.org')).status).toBe(429);
  });

  test('does not believe an address that the caller claims', async () => {
    const url = await serve({ name: 'tried', by: 'address', points: 1, seconds: 60 });
    expect((await attempt(url, 'a', { 'x-forwarded-for': '198.51.100.1' })).status).toBe(200);
    expect((await attempt(url, 'a', { 'x-forwarded-for': '198.51.100.2' })).status).toBe(429);
  });

  test('believes a trusted proxy, and of a chain only what that proxy added', async () => {
    const url = await serve({ name: 'tried', by: 'address', points: 1, seconds: 60 }, ['127.0.0.1']);
    const from = (chain: string) => attempt(url, 'a', { 'x-forwarded-for': chain }).then(({ status }) => status);
    expect(await from('198.51.100.1')).toBe(200);
    expect(await from('198.51.100.2')).toBe(200);
    expect(await from('203.0.113.9, 198.51.100.1')).toBe(429);
  });

  test('of all that a user reads and changes holds across routes, each for itself', async () => {
    const single: RouteLimit = { name: 'tried', by: 'user', points: 100, seconds: 60 };
    const url = await serve(single, [], { readsPerMinute: 3, writesPerMinute: 2 });
    const as = (name: string, method: string) => fetch(`${url}/v1/mine`, { method, headers: { authorization: name } });
    expect(await statuses(4, () => as('alice', 'GET'))).toEqual([200, 200, 200, 429]);
    expect(await statuses(3, () => as('alice', 'DELETE'))).toEqual([200, 200, 429]);
    expect((await as('bob', 'GET')).status).toBe(200);
    // Nobody is there to be counted.
    const json = { 'content-type': 'application/json' };
    const free = await fetch(`${url}/v1/free`, { method: 'POST', body: '{"email":"x"}', headers: json });
    expect(free.status).toBe(200);
    expect((await fetch(`${url}/v1/unknown`)).status).toBe(404);
  });
});

describe.skipIf(redisMissing !== null)(
  `limits of several nodes${redisMissing ? ` (skipped: ${redisMissing})` : ''}`,
  () => {
    const nodesOn = async (server: RedisServer, count: number) => {
      const links = await Promise.all(
        Array.from({ length: count }, async () => {
          const link = createRedisLink({ url: secret(server.url), channel: 'parley:limits' });
          return { link, connection: await link.connect({ heard() {}, lost() {} }) };
        }),
      );
      let asked = 0;
      let answered: Promise<unknown> = Promise.resolve();
      const counts = links.map(({ link }) =>
        createCount((...script) => {
          asked += 1;
          const answer = link.script(...script);
          answered = answer.catch(() => {});
          return answer;
        }),
      );
      const end = async (): Promise<void> => {
        for (const { connection } of links) await connection.close();
      };
      return { counts, asked: () => asked, answered: () => answered, [Symbol.asyncDispose]: end };
    };

    type Limits = Awaited<ReturnType<typeof nodesOn>>;

    /** How often of so many tries, dealt out to the nodes in turn, somebody is let through. */
    const tries = async ({ counts, answered }: Limits, limit: Limit, times: number, key = 'alice'): Promise<number> => {
      let passed = 0;
      for (let turn = 0; turn < times; turn += 1) {
        // Requests take their time on the network, and what was asked before is answered meanwhile.
        await answered();
        await new Promise((resolve) => setImmediate(resolve));
        await counts[turn % counts.length]!(limit, key).then(
          () => (passed += 1),
          (error: unknown) => expect(error).toMatchObject({ code: 'rate_limited' }),
        );
      }
      return passed;
    };

    test('that are low hold exactly, whichever node is asked', async () => {
      await using server = await startRedis();
      await using nodes = await nodesOn(server, 3);
      const limit = { name: 'sign-in', points: 5, seconds: 60 };
      expect(await tries(nodes, limit, 30)).toBe(5);
      expect(await tries(nodes, limit, 3, 'bob')).toBe(3);
    });

    test('that are high cost hardly a round trip and hold within a fiftieth per node', async () => {
      await using server = await startRedis();
      await using nodes = await nodesOn(server, 3);
      const limit = { name: 'reads', points: 1_000, seconds: 60 };
      expect(await tries(nodes, limit, 300)).toBe(300);
      expect(nodes.asked()).toBe(15);
      const passed = 300 + (await tries(nodes, limit, 2_000));
      expect(passed).toBeGreaterThanOrEqual(1_000);
      expect(passed).toBeLessThanOrEqual(1_100);
    });

    test('fall back to each node’s own count while Redis is gone, and nobody waits for it', async () => {
      await using server = await startRedis();
      await using nodes = await nodesOn(server, 2);
      const limit = { name: 'sign-in', points: 4, seconds: 60 };
      await server.kill();
      const began = performance.now();
      expect(await tries(nodes, limit, 20)).toBe(8);
      expect(performance.now() - began).toBeLessThan(2_000);
    });
  },
);
