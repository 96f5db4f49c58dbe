import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { createClient, type Bot, type Client } from '@parley/sdk';
import { createVisitor, type Visitor } from './app.ts';
import { onServer, urlOf } from './database.ts';
import { createFakeModel, type FakeModel } from './fake-model.ts';
import { startRedis } from './redis-server.ts';
import { freePort, startServer, type ServerProcess } from './server-process.ts';
import { createTcpProxy, type TcpProxy } from './tcp-proxy.ts';

export interface Node {
  url: string;
  process: ServerProcess;
  /** The node's own way to Redis. */
  redis: TcpProxy | null;
  start(): Promise<void>;
}

/** Somebody with one browser, who asks now this node and now that. */
export interface Person {
  visitor: Visitor;
  on(node: Node): Client;
}

/** Several real server processes of one installation on PostgreSQL. */
export interface Nodes extends AsyncDisposable {
  nodes: Node[];
  fake: FakeModel;
  person(name: string): Promise<Person>;
  /** A bot of this person whose model is the fake one under that name. */
  bot(client: Client, model: string): Promise<Bot>;
}

const origin = 'http://parley.test';

export const startNodes = async (
  count: number,
  options: { redis: boolean; settings?: Record<string, string>; roles?: readonly string[] },
): Promise<Nodes> => {
  const template = inject('template');
  if (!template.url) throw new Error('several nodes need TEST_DATABASE_URL');
  const server = template.url;
  const name = `parley_nodes_${randomBytes(6).toString('hex')}`;
  await onServer(server, `create database ${name} template ${template.name!}`);
  const folder = mkdtempSync(join(tmpdir(), 'parley-nodes-'));
  const redis = options.redis ? await startRedis() : null;
  const fake = await createFakeModel();
  const shared = {
    PUBLIC_URL: origin,
    DATABASE_URL: urlOf(server, name),
    MASTER_KEY: randomBytes(32).toString('base64'),
    EGRESS_ALLOW: '127.0.0.0/8',
    DATABASE_POOL_SIZE: '6',
    ...options.settings,
  };
  const nodes = await Promise.all(
    Array.from({ length: count }, async (_none, index): Promise<Node> => {
      const proxy = redis ? await createTcpProxy(new URL(redis.url)) : null;
      const settings = {
        ...shared,
        PORT: String(await freePort()),
        DATA_DIR: join(folder, String(index)),
        ...(options.roles ? { ROLES: options.roles[index]! } : {}),
        ...(proxy ? { REDIS_URL: `redis://127.0.0.1:${proxy.port}` } : {}),
      };
      const node: Node = {
        url: `http://127.0.0.1:${settings.PORT}`,
        process: await startServer(settings),
        redis: proxy,
        async start() {
          node.process = await startServer(settings);
        },
      };
      return node;
    }),
  );
  const openSignUp = `update workspace set sign_up = 'open' where kind = 'personal'`;
  return {
    nodes,
    fake,
    async person(personName) {
      const visitor = createVisitor(nodes[0]!.url, origin, async () => {});
      await onServer(shared.DATABASE_URL, openSignUp);
      const email = `${personName}@example.org`;
      await visitor.client.auth.signUp({ name: personName, email, password: 'correct horse battery' });
      return { visitor, on: (node) => createClient({ baseUrl: node.url, fetch: visitor.fetch }) };
    },
    async bot(client, model) {
      const input = { kind: 'openai-compatible', name: 'Fake', apiKey: 'sk-fake-0123456789' } as const;
      const provider = await client.providers.create({ ...input, baseUrl: `${fake.url}/v1` });
      return client.bots.create({ name: model, type: 'writer', model: { providerId: provider.id, name: model } });
    },
    async [Symbol.asyncDispose]() {
      for (const node of nodes) {
        await node.process.kill();
        node.redis?.cut();
      }
      await redis?.kill();
      await fake.close();
      await onServer(server, `drop database if exists ${name} with (force)`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
