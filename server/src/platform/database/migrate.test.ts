import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { sql } from 'kysely';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { copyTemplate, onServer, openInMemory, urlOf } from '../../testing/database.ts';
import { ConfigError } from '../config.ts';
import { secret } from '../secret.ts';
import { openDatabase, type Database } from './connect.ts';
import { migrate } from './migrate.ts';

const server = inject('template').url;
const files = readdirSync(new URL('../../../migrations', import.meta.url))
  .filter((name) => name.endsWith('.sql'))
  .sort();

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** Opens the same empty database as often as asked; the embedded one only once. */
const emptyDatabase = async (): Promise<() => Promise<Database>> => {
  if (server === null) {
    const { database } = await openInMemory(null);
    cleanups.push(() => database.close());
    return async () => database;
  }
  const name = `parley_empty_${randomBytes(6).toString('hex')}`;
  await onServer(server, `create database ${name}`);
  cleanups.push(() => onServer(server, `drop database if exists ${name} with (force)`));
  return async () => {
    const database = await openDatabase({ url: secret(urlOf(server, name)), poolSize: 2, dataDir: '', describe: '' });
    cleanups.push(() => database.close());
    return database;
  };
};

const appliedNames = async (database: Database): Promise<string[]> => {
  const { rows } = await sql<{ name: string }>`select name from migration order by name`.execute(database.system);
  return rows.map(({ name }) => name);
};

describe('migrations', () => {
  test('are applied once, in order', async () => {
    const database = await (await emptyDatabase())();
    expect(await migrate(database)).toEqual(files);
    expect(await appliedNames(database)).toEqual(files);
    expect(await migrate(database)).toEqual([]);
    expect(await appliedNames(database)).toEqual(files);
  });

  test('are refused when a file was changed after it ran, by its name', async () => {
    const { database } = await copyTemplate(inject('template'));
    cleanups.push(() => database.close());
    await sql`update migration set sha256 = 'another' where name = ${files[0]!}`.execute(database.system);
    await expect(migrate(database)).rejects.toThrow(ConfigError);
    await expect(migrate(database)).rejects.toThrow(`migration ${files[0]!} was changed after it ran here; restore`);
  });

  test('of a newer Parley are refused by their name, with what to do', async () => {
    const { database } = await copyTemplate(inject('template'));
    cleanups.push(() => database.close());
    await sql`insert into migration (name, sha256) values ('2999-01-01-future.sql', 'x')`.execute(database.system);
    await expect(migrate(database)).rejects.toThrow(ConfigError);
    await expect(migrate(database)).rejects.toThrow(
      /newer Parley \(2999-01-01-future\.sql\); start that version or a later/,
    );
  });

  test('are applied all or not at all', async () => {
    const database = await (await emptyDatabase())();
    // The last statement of the first migration meets a table that is in its way.
    await sql`create table idempotency (x int)`.execute(database.system);
    await expect(migrate(database)).rejects.toThrow(/idempotency/);
    const { rows } = await sql<{ name: string }>`
      select table_name as name from information_schema.tables where table_schema = 'public'`.execute(database.system);
    expect(rows).toEqual([{ name: 'idempotency' }]);
    await sql`drop table idempotency`.execute(database.system);
    expect(await migrate(database)).toEqual(files);
  });

  test.skipIf(server === null)('are applied once by several servers that start at once', async () => {
    const open = await emptyDatabase();
    const databases = await Promise.all([open(), open(), open()]);
    const added = await Promise.all(databases.map((one) => migrate(one)));
    expect(added.filter((names) => names.length > 0)).toEqual([files]);
    expect(await appliedNames(databases[0])).toEqual(files);
  });
});
