import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { freePort, startProcess, type Process } from './processes.ts';

/** A PostgreSQL server of our own, that may be killed. */
export interface OwnPostgres {
  port: number;
  folder: string;
  url(port?: number): string;
  /** A statement over a connection that no fault touches. */
  sql<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  /** A connection of its own, for locks that are held. */
  connect(): Promise<pg.Client>;
  start(): Promise<void>;
  /** `SIGINT` ends connections in order, `SIGQUIT` at once, `SIGKILL` is a crash; resolves when it is gone. */
  end(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void>;
  isUp(): boolean;
  close(): Promise<void>;
}

const binaries = '/usr/lib/postgresql';
const startLimitMs = 30_000;

const newestBinaries = (): string | null => {
  if (!existsSync(binaries)) return null;
  const versions = readdirSync(binaries).filter((name) => existsSync(join(binaries, name, 'bin', 'initdb')));
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? null : join(binaries, newest, 'bin');
};

const isRoot = (): boolean => process.getuid?.() === 0;

const idOf = (flag: '-u' | '-g'): number =>
  Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout.trim() || NaN);

/** Why there can be no server of our own here, or null. */
export const postgresMissing = (): string | null => {
  if (newestBinaries() === null) return `no initdb below ${binaries}`;
  if (isRoot() && Number.isNaN(idOf('-u'))) return 'running as root, and there is no user postgres to run it as';
  return null;
};

/** PostgreSQL refuses to run as root. */
const asPostgres = (command: string, argv: readonly string[]): [string, string[]] =>
  isRoot()
    ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', '--', command, ...argv]]
    : [command, [...argv]];

export const startOwnPostgres = async (
  folder: string,
  environment: Record<string, string> = {},
): Promise<OwnPostgres> => {
  const bin = newestBinaries();
  if (bin === null) throw new Error(postgresMissing()!);
  mkdirSync(folder, { recursive: true });
  if (isRoot()) chownSync(folder, idOf('-u'), idOf('-g'));
  const cluster = join(folder, 'cluster');
  const init = ['-D', cluster, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  const made = spawnSync(...asPostgres(join(bin, 'initdb'), init), { encoding: 'utf8', cwd: '/' });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  const url = (at = port): string => `postgres://postgres@127.0.0.1:${at}/postgres`;
  let server: Process | null = null;
  let pool: pg.Pool | null = null;

  const launch = async (): Promise<void> => {
    const settings = {
      port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: folder,
      max_connections: 80,
      shared_buffers: '64MB',
      // Here processes are killed and never the machine, so nothing that was written can be lost.
      fsync: 'off',
      lc_messages: 'C',
    };
    const argv = ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
    // Not for setpriv itself: what libfaketime makes while it is root, the server could not open.
    const assignments = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const next = startProcess(...asPostgres('env', [...assignments, join(bin, 'postgres'), ...argv]));
    await next.says(/ready to accept connections/, startLimitMs);
    server = next;
  };

  const start = async (): Promise<void> => {
    if (server?.isAlive()) return;
    // After a crash the memory that backends shared is free only once the last of them has noticed.
    for (const until = performance.now() + startLimitMs; ; await pause(100)) {
      try {
        await launch();
        return;
      } catch (error) {
        if (performance.now() > until || !/pre-existing shared memory|lock file|is being used/.test(String(error)))
          throw error;
      }
    }
  };

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!server?.isAlive()) return;
    const idle = pool;
    pool = null;
    await idle?.end().catch(() => {});
    server.signal(signal);
    await server.exited;
  };

  await start();
  return {
    port,
    folder,
    url,
    async sql<Row extends object>(text: string, values: unknown[] = []) {
      pool ??= new pg.Pool({ connectionString: url(), max: 2, connectionTimeoutMillis: 5_000 }).on('error', () => {});
      return (await pool.query<Row>(text, values)).rows;
    },
    async connect() {
      const client = new pg.Client({ connectionString: url() });
      client.on('error', () => {});
      await client.connect();
      return client;
    },
    start,
    end,
    isUp: () => server?.isAlive() ?? false,
    close: () => end('SIGINT').then(() => end('SIGKILL')),
  };
};
