import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import type { Cleanup } from '../cleanup.ts';
import { cpuOf, parentOf, readTree } from '../process-tree.ts';
import type { DatabaseUse } from './target.ts';

export interface BenchDatabase {
  url: string;
  use: (() => Promise<DatabaseUse>) | null;
}

const preset = 'postgres://postgres@127.0.0.1:5432';

const connected = async (url: string): Promise<pg.Client | null> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    if (process.env.BENCH_DATABASE_URL) throw new Error('BENCH_DATABASE_URL cannot be reached', { cause: error });
    return null;
  }
};

/** The server may run elsewhere, or in a container with process ids of its own. */
const isHere = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres');
  } catch {
    return false;
  }
};

/** A new database on the PostgreSQL server there is, dropped in the end; null when there is no server. */
export const createBenchDatabase = async (cleanup: Cleanup): Promise<BenchDatabase | null> => {
  const server = process.env.BENCH_DATABASE_URL ?? preset;
  const client = await connected(server);
  if (!client) return null;
  const name = `parley_bench_${randomBytes(6).toString('hex')}`;
  cleanup.add(`dropping the database ${name}`, async () => {
    await client.query(`drop database if exists ${name} with (force)`);
    await client.end();
  });
  await client.query(`create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;

  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const own = rows[0]!.pid;
  const postmaster = isHere(own) ? parentOf(own) : null;
  if (postmaster === null) return { url: url.href, use: null };
  // A backend that ends takes its number with it: what it was seen with last is kept.
  const seen = new Map<number, number>();
  const use = async (): Promise<DatabaseUse> => {
    const backends = await client.query<{ pid: number }>('select pid from pg_stat_activity where datname = $1', [name]);
    for (const { pid } of backends.rows) seen.set(pid, Math.max(cpuOf(pid), seen.get(pid) ?? 0));
    const sum = [...seen.values()].reduce((total, seconds) => total + seconds, 0);
    return { backends: sum, whole: readTree(postmaster).cpuSeconds };
  };
  return { url: url.href, use };
};
