import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { onServer, openInMemory, urlOf } from '../../testing/database.ts';
import { ConfigError } from '../config.ts';
import { createJobs, defineJob, type AnyJob } from '../jobs.ts';
import { createLog } from '../log.ts';
import { secret } from '../secret.ts';
import { openDatabase, type Database } from './connect.ts';
import { copyToPostgres } from './copy-to-postgres.ts';
import { migrate } from './migrate.ts';
import { createTelemetry } from '../telemetry.ts';

const server = inject('template').url;
if (server === null)
  process.stderr.write('skipped: the move to PostgreSQL (there is no server; set TEST_DATABASE_URL)\n');

const log = createLog('silent');
const letter = defineJob({ name: 'test.letter', schema: z.object({ to: z.string() }), run: async () => {} });
const prepare = async (database: Database): Promise<void> => {
  const jobs = createJobs({ database, log, telemetry: createTelemetry(() => 0) });
  await jobs.prepare([letter as unknown as AnyJob]);
  await jobs.stop();
};

let source: Database;
let name: string;
const url = (): string => urlOf(server!, name);
const atTarget = async <T extends object>(text: string): Promise<T[]> => {
  const target = await openDatabase({ url: secret(url()), poolSize: 2, dataDir: '', describe: '' });
  try {
    return (await target.raw(text, [])) as T[];
  } finally {
    await target.close();
  }
};
const left = (): Promise<object[]> =>
  atTarget(`select nspname, relname from pg_class join pg_namespace n on n.oid = relnamespace
    where nspname not in ('pg_catalog', 'information_schema') and nspname not like 'pg_toast%'`);

describe.skipIf(server === null)('the move to PostgreSQL', () => {
  beforeAll(async () => {
    ({ database: source } = await openInMemory(null));
    await migrate(source);
    await prepare(source);
    // Times to the microsecond, more rows than a page, words that need quoting, and a deep tree of messages written backwards.
    await source.raw(
      `insert into "user" (id, email, name, preferences, created_at)
       select gen_random_uuid(), n || '@example.org', 'O''Neil "\\" 👋 ' || n, jsonb_build_object('b', 1.10, 'a', E'line\\nbreak'),
         '2026-11-21 01:02:03.456789+00'::timestamptz + n * interval '1 microsecond'
       from generate_series(1, 1234) n`,
      [],
    );
    const jobs = createJobs({ database: source, log, telemetry: createTelemetry(() => 0) });
    await jobs.prepare([letter as unknown as AnyJob]);
    await source.system.transaction().execute((trx) => jobs.enqueue(trx, letter, { to: 'ada' }));
    await jobs.stop();
  });
  afterAll(() => source.close());
  beforeEach(async () => {
    name = `parley_move_${randomBytes(6).toString('hex')}`;
    await onServer(server!, `create database ${name}`);
  });
  afterEach(() => onServer(server!, `drop database if exists ${name} with (force)`));

  test('copies every row to the microsecond, with equal checksums, and the jobs that wait', async () => {
    const tables = await copyToPostgres(source, secret(url()), prepare);
    expect(tables.find((table) => table.name === 'public."user"')).toMatchObject({ rows: 1234 });
    expect(tables.find((table) => table.name === 'pgboss.job')).toMatchObject({ rows: 1 });
    const names = (await source.raw(
      `select table_name as name from information_schema.tables where table_schema = 'public'`,
      [],
    )) as {
      name: string;
    }[];
    expect(tables.filter((table) => table.name.startsWith('public.'))).toHaveLength(names.length);
    // Compared once more by another way than the copy's own.
    const text = `select to_jsonb(u)::text as row, created_at::text as at from "user" u order by email`;
    await source.raw(`set timezone = 'UTC'`, []);
    const [there, here] = [await source.raw(text, []), await atTarget(text)];
    const utc = (rows: object[]): string[] => rows.map((row) => (row as { row: string }).row);
    expect(utc(here)).toEqual(utc(there));
    expect(await atTarget(`select data, state::text from pgboss.job where name = 'test.letter'`)).toEqual([
      { data: { to: 'ada' }, state: 'created' },
    ]);
    // The foreign keys, the policies and the job queue work there.
    await expect(
      atTarget(`insert into session (id, user_id) values (gen_random_uuid(), gen_random_uuid())`),
    ).rejects.toThrow(/foreign key|null value/);
    expect(await migrate(await opened())).toEqual([]);
  });

  test('refuses a target that has something, and leaves it as it is', async () => {
    await atTarget('create table precious (x int)');
    await expect(copyToPostgres(source, secret(url()), prepare)).rejects.toThrow(ConfigError);
    await expect(copyToPostgres(source, secret(url()), prepare)).rejects.toThrow(
      /not empty \(it has public\.precious\)/,
    );
    expect(await left()).toHaveLength(1);
  });

  test('leaves the target empty when anything fails', async () => {
    const failing = async (database: Database): Promise<void> => {
      await prepare(database);
      throw new Error('the cable was pulled');
    };
    await expect(copyToPostgres(source, secret(url()), failing)).rejects.toThrow('the cable was pulled');
    expect(await left()).toEqual([]);
  });

  test('does not go through with rows that differ', async () => {
    const lying: Database = {
      ...source,
      async raw(text, values) {
        const rows = await source.raw(text, values);
        if (!text.includes('json_agg') || !text.includes('"user"')) return rows;
        return rows.map((row) => {
          const page = row as { rows: string | null };
          return { ...page, rows: page.rows?.replace('Neil', 'Neal') ?? null };
        });
      },
    };
    await expect(copyToPostgres(lying, secret(url()), prepare)).rejects.toThrow(/"user" differs after the copy/);
    expect(await left()).toEqual([]);
  });

  const open: Database[] = [];
  const opened = async (): Promise<Database> => {
    const target = await openDatabase({ url: secret(url()), poolSize: 2, dataDir: '', describe: '' });
    open.push(target);
    return target;
  };
  afterEach(async () => {
    for (const target of open.splice(0)) await target.close();
  });
});
