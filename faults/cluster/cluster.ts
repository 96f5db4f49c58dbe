import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAccount, publicUrl, type Account } from './account.ts';
import { createClocks, type Clocks } from './clocks.ts';
import { startOwnPostgres, type OwnPostgres } from './own-postgres.ts';
import { redisMissing, startOwnRedis, type OwnRedis } from './own-redis.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';
import { startProvider, type Provider } from './provider.ts';
import { createServerNode, type ServerNode } from './server-node.ts';

/** Where a scenario is played: one process on the embedded database, or one or three on PostgreSQL and Redis. */
export const shapes = ['embedded', 'one', 'three'] as const;
export type Shape = (typeof shapes)[number];

export interface Cluster {
  shape: Shape;
  nodes: readonly ServerNode[];
  postgres: OwnPostgres | null;
  redis: OwnRedis | null;
  provider: Provider;
  disk: SmallDisk | null;
  clocks: Clocks | null;
  account: Account;
  /** Everything runs again and every link is open. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

export interface ClusterOptions {
  shape: Shape;
  /** Settings of the servers. */
  settings?: Record<string, string>;
  /** All data is on a disk of this size. */
  diskMebibytes?: number;
  /** Clocks can be set. */
  clocks?: boolean;
  /** Embedded: beside the database, a folder `database-durable` gets what is fsynced, when it is there at the start. */
  durableCopy?: boolean;
  /** All nodes start at once, on an empty database. */
  together?: boolean;
  /** The server's code; by default this repository's. */
  serverFolder?: string;
}

const ourServer = fileURLToPath(new URL('../../server', import.meta.url));

const durableCopyOf = (dataDir: string): Record<string, string> => ({
  NODE_OPTIONS: `--import ${new URL('durable-copy.ts', import.meta.url).href}`,
  FAULTS_DATABASE_FOLDER: join(dataDir, 'database'),
  FAULTS_DURABLE_FOLDER: join(dataDir, 'database-durable'),
});

const baseSettings = {
  HOST: '127.0.0.1',
  PUBLIC_URL: publicUrl,
  EGRESS_ALLOW: '127.0.0.0/8',
  OLLAMA_URL: 'http://127.0.0.1:9',
  LOG_LEVEL: 'info',
  WRITES_PER_MINUTE: '1000000',
  READS_PER_MINUTE: '1000000',
  RUN_FLUSH_MS: '20',
  SHUTDOWN_GRACE_SECONDS: '3',
  MODEL_CONNECT_TIMEOUT_MS: '3000',
  MODEL_FIRST_TOKEN_TIMEOUT_MS: '8000',
  MODEL_IDLE_TIMEOUT_MS: '8000',
  MODEL_TOTAL_TIMEOUT_MS: '120000',
};

export const startCluster = async (options: ClusterOptions): Promise<Cluster> => {
  const { shape } = options;
  const undo: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (let step = undo.pop(); step; step = undo.pop()) await step().catch(() => {});
  };
  try {
    const folder = mkdtempSync(join(tmpdir(), 'parley-faults-'));
    // The database server runs as another user.
    chmodSync(folder, 0o755);
    undo.push(async () => rmSync(folder, { recursive: true, force: true }));
    const disk = options.diskMebibytes ? mountSmallDisk(folder, options.diskMebibytes) : null;
    if (disk) undo.push(async () => disk.close());
    const clocks = options.clocks ? createClocks(folder) : null;
    const postgres =
      shape === 'embedded' ? null : await startOwnPostgres(join(folder, 'postgres'), clocks?.environment('database'));
    if (postgres) undo.push(() => postgres.close());
    const redis = shape === 'embedded' || redisMissing() !== null ? null : await startOwnRedis();
    if (redis) undo.push(() => redis.kill());
    const provider = await startProvider();
    undo.push(() => provider.close());
    const masterKey = randomBytes(32).toString('base64');
    const nodes: ServerNode[] = [];
    for (const name of shape === 'three' ? ['a', 'b', 'c'] : ['a']) {
      const node = await createServerNode({
        name,
        serverFolder: options.serverFolder ?? ourServer,
        dataDir: join(folder, name),
        databasePort: postgres?.port ?? null,
        redisPort: redis?.port ?? null,
        settings: (ways) => ({
          ...baseSettings,
          MASTER_KEY: masterKey,
          ...(ways.database === null ? {} : { DATABASE_URL: postgres!.url(ways.database) }),
          ...(ways.redis === null ? {} : { REDIS_URL: `redis://127.0.0.1:${ways.redis}` }),
          ...options.settings,
          ...clocks?.environment(name),
          ...(options.durableCopy ? durableCopyOf(join(folder, name)) : {}),
        }),
      });
      undo.push(() => node.close());
      nodes.push(node);
    }
    if (!options.together) await nodes[0]!.start();
    await Promise.all(nodes.map((node) => node.start()));
    const account = await createAccount(nodes[0]!.url, `http://127.0.0.1:${provider.link.port}`);
    return {
      shape,
      nodes,
      postgres,
      redis,
      provider,
      disk,
      clocks,
      account,
      async heal() {
        provider.link.heal();
        disk?.free();
        await postgres?.start();
        await redis?.start();
        for (const node of nodes) {
          for (const each of Object.values(node.links)) each?.heal();
          node.thaw();
        }
        await Promise.all(nodes.filter((node) => !node.isUp()).map((node) => node.start()));
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};
