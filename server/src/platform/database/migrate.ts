import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { sql, type Kysely } from 'kysely';
import { sha256Hex } from '../ids.ts';
import { ConfigError } from '../config.ts';
import type { Database } from './connect.ts';
import type { Tables } from './tables.ts';

const folder = fileURLToPath(new URL('../../../migrations', import.meta.url));
const lockKey = 7_071_421;

interface Applied {
  name: string;
  sha256: string;
}

interface Migration {
  name: string;
  text: string;
  sha256: string;
}

/** What has to be applied to a database where that was applied; throws ConfigError when the two do not fit. */
const missing = (applied: readonly Applied[]): Migration[] => {
  const known = new Map(applied.map((row) => [row.name, row.sha256]));
  const found: Migration[] = [];
  for (const name of migrationNames()) {
    const text = readFileSync(join(folder, name), 'utf8');
    const hash = sha256Hex(text);
    const before = known.get(name);
    known.delete(name);
    if (before === undefined) found.push({ name, text, sha256: hash });
    else if (before !== hash)
      throw new ConfigError([`migration ${name} was changed after it ran here; restore the file as it was released`]);
  }
  const [newer] = known.keys();
  if (newer !== undefined)
    throw new ConfigError([
      `the database was migrated by a newer Parley (${newer}); start that version or a later one`,
    ]);
  return found;
};

const readApplied = async (trx: Kysely<Tables>): Promise<Applied[]> =>
  (await sql<Applied>`select name, sha256 from migration`.execute(trx)).rows;

/** The migrations of this Parley, in the order in which they are applied. */
export const migrationNames = (): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();

/** Applies the missing migrations within the transaction that is open. Returns their names. */
export const applyMigrations = async (trx: Kysely<Tables>): Promise<string[]> => {
  await sql`create table if not exists migration (name text primary key, sha256 text not null, applied_at timestamptz not null default now())`.execute(
    trx,
  );
  const added = missing(await readApplied(trx));
  for (const { name, text, sha256 } of added) {
    await sql.raw(text).execute(trx);
    await sql`insert into migration (name, sha256) values (${name}, ${sha256})`.execute(trx);
  }
  return added.map(({ name }) => name);
};

const needsBackup = async (database: Database): Promise<boolean> => {
  const { rows } = await sql<{ there: boolean }>`select to_regclass('migration') is not null as there`.execute(
    database.system,
  );
  return rows[0]!.there && missing(await readApplied(database.system)).length > 0;
};

/**
 * Applies the migrations that are missing, in order of name, all in one transaction under a lock. Returns their names.
 * `backUp` is called before, when there is something to migrate and something to lose.
 */
export const migrate = async (
  database: Database,
  backUp: () => Promise<unknown> = async () => {},
): Promise<string[]> => {
  if (await needsBackup(database)) await backUp();
  return database.patient.transaction().execute(async (trx) => {
    if (!database.embedded) await sql`select pg_advisory_xact_lock(${lockKey})`.execute(trx);
    return applyMigrations(trx);
  });
};
