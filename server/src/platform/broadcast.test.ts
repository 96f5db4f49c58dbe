import { createClient } from 'redis';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { copyTemplate } from '../testing/database.ts';
import { redisMissing, startRedis, type RedisServer } from '../testing/redis-server.ts';
import { createTcpProxy, type TcpProxy } from '../testing/tcp-proxy.ts';
import { createPostgresLink } from './broadcast-postgres.ts';
import { createRedisLink } from './broadcast-redis.ts';
import { createBroadcast, type NodeBroadcast } from './broadcast.ts';
import type { Database } from './database/connect.ts';
import { secret } from './secret.ts';

const channel = 'parley:test';
const template = inject('template');
let closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.reverse()) await close();
  closing = [];
});

interface Node {
  broadcast: NodeBroadcast;
  /** Numbers heard on the topic, in order. */
  heard: number[];
  gaps: () => number;
  lost: string[];
  redis: TcpProxy | null;
  postgres: TcpProxy | null;
}

/** A node with a link of its own to each server that is given. */
const startNode = async (servers: { redis?: RedisServer; database?: Database; url?: string }): Promise<Node> => {
  const proxyTo = async (url: string) => {
    const proxy = await createTcpProxy(new URL(url));
    closing.push(async () => proxy.cut());
    return { proxy, url: Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(proxy.port) }).href };
  };
  const redis = servers.redis ? await proxyTo(servers.redis.url) : null;
  const postgres = servers.url ? await proxyTo(servers.url) : null;
  const lost: string[] = [];
  const broadcast = createBroadcast({
    links: [
      ...(redis ? [createRedisLink({ url: secret(redis.url), channel })] : []),
      ...(postgres ? [createPostgresLink({ url: secret(postgres.url), database: servers.database! })] : []),
    ],
    watch: { lost: (link) => void lost.push(link), back() {}, told() {} },
  });
  closing.push(() => broadcast.close());
  const heard: number[] = [];
  let gaps = 0;
  broadcast.subscribe<{ n: number }>('test.news', ({ n }) => void heard.push(n));
  broadcast.connect();
  await expect.poll(() => broadcast.isWhole()).toBe(true);
  broadcast.onGap(() => (gaps += 1));
  return { broadcast, heard, gaps: () => gaps, lost, redis: redis?.proxy ?? null, postgres: postgres?.proxy ?? null };
};

const startServers = async (names: readonly ('redis' | 'postgres')[]) => {
  const redis = names.includes('redis') ? await startRedis() : undefined;
  if (redis) closing.push(redis.kill);
  if (!names.includes('postgres')) return { ...(redis ? { redis } : {}) };
  const { database, url } = await copyTemplate(template);
  closing.push(() => database.close());
  return { ...(redis ? { redis } : {}), database, url: url! };
};

const ways = [
  { name: 'Redis', servers: ['redis'] as const, missing: redisMissing },
  { name: 'NOTIFY', servers: ['postgres'] as const, missing: template.url ? null : 'TEST_DATABASE_URL is not set' },
];

for (const { name, servers, missing } of ways)
  describe.skipIf(missing !== null)(`news by ${name}${missing ? ` (skipped: ${missing})` : ''}`, () => {
    const pair = async () => {
      const given = await startServers(servers);
      const nodes = [await startNode(given), await startNode(given)] as const;
      return { here: nodes[0], there: nodes[1], given };
    };
    const proxyOf = (node: Node): TcpProxy => (node.redis ?? node.postgres)!;

    it('are heard here at once and there in order, each once, however many and long', async () => {
      const { here, there } = await pair();
      const numbers = Array.from({ length: 500 }, (_none, n) => n);
      for (const n of numbers) here.broadcast.publish('test.news', { n, ids: 'x'.repeat(n) });
      expect(here.heard).toEqual(numbers);
      await expect.poll(() => there.heard.length).toBe(500);
      expect(there.heard).toEqual(numbers);
      expect(here.heard).toEqual(numbers);
    });

    it('go on after a cut, which both sides notice and nobody fails of', async () => {
      const { here, there } = await pair();
      const gaps = there.gaps();
      proxyOf(here).cut();
      await expect.poll(() => here.broadcast.isWhole()).toBe(false);
      here.broadcast.publish('test.news', { n: 1 });
      expect(here.heard).toEqual([1]);
      await proxyOf(here).open();
      await expect.poll(() => here.broadcast.isWhole(), { timeout: 5_000 }).toBe(true);
      expect(here.gaps()).toBeGreaterThanOrEqual(2);
      await expect.poll(() => there.gaps()).toBeGreaterThan(gaps);
      here.broadcast.publish('test.news', { n: 2 });
      await expect.poll(() => there.heard).toContain(2);
      expect(here.lost).toHaveLength(1);
    });

    it('that would go into a silent network are noticed to be lost within a second', async () => {
      const { here } = await pair();
      const began = performance.now();
      proxyOf(here).fallSilent();
      await expect.poll(() => here.broadcast.isWhole(), { interval: 20, timeout: 5_000 }).toBe(false);
      expect(performance.now() - began).toBeLessThan(1_300);
      proxyOf(here).wake();
      await expect.poll(() => here.broadcast.isWhole(), { timeout: 5_000 }).toBe(true);
    });
  });

describe.skipIf(redisMissing !== null)('Redis', () => {
  it('killed and started again is found again, and told of once', async () => {
    const given = await startServers(['redis']);
    const node = await startNode(given);
    await given.redis!.kill();
    await expect.poll(() => node.broadcast.isWhole()).toBe(false);
    await given.redis!.start();
    await expect.poll(() => node.broadcast.isWhole(), { timeout: 5_000 }).toBe(true);
    expect(node.lost).toEqual(['redis']);
  });

  it('may carry what others write on the channel', async () => {
    const given = await startServers(['redis']);
    const node = await startNode(given);
    const foreign = createClient({ url: given.redis!.url });
    await foreign.connect();
    for (const text of [
      '',
      '{',
      '[]',
      '["x",[["error",{}]]]',
      '["x",[["test.news",null]]]',
      '["x",[["test.news",{"n":7}]]]',
    ])
      await foreign.publish(channel, text);
    foreign.destroy();
    await expect.poll(() => node.heard).toEqual([7]);
    expect(node.broadcast.isWhole()).toBe(true);
  });

  it.skipIf(!template.url)('lost by one node only leaves the way over PostgreSQL', async () => {
    const given = await startServers(['redis', 'postgres']);
    const [here, there] = [await startNode(given), await startNode(given)];
    here.redis!.cut();
    await expect.poll(() => here.broadcast.isWhole()).toBe(false);
    expect(there.broadcast.isWhole()).toBe(true);
    here.broadcast.publish('test.news', { n: 1 });
    await expect.poll(() => there.heard).toEqual([1]);
  });
});

it('without other nodes is whole, and stays within this process', async () => {
  const broadcast = createBroadcast();
  const heard: object[] = [];
  const end = broadcast.subscribe('test.news', (message) => void heard.push(message));
  broadcast.connect();
  broadcast.publish('test.news', { n: 1 });
  end();
  broadcast.publish('test.news', { n: 2 });
  expect([heard, broadcast.isWhole()]).toEqual([[{ n: 1 }], true]);
  await broadcast.close();
});
