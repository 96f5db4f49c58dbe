import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { sql } from 'kysely';
import { sha256Hex } from '../ids.ts';
import { ConfigError } from '../config.ts';
import type { Database } from './connect.ts';

const folder = fileURLToPath(new URL('../../../migrations', import.meta.url));
const lockKey = 7_071_421;

interface Applied {
  name: string;
  sha256: string;
}

/** Applies the migrations that are missing, in order of name, all in one transaction under a lock. Returns their names. */
export const migrate = async (database: Database): Promise<string[]> => {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  return database.system.transaction().execute(async (trx) => {
    if (!database.embedded) await sql`select pg_advisory_xact_lock(${lockKey})`.execute(trx);
    await sql`create table if not exists migration (name text primary key, sha256 text not null, applied_at timestamptz not null default now())`.execute(
      trx,
    );
    const applied = await sql<Applied>`select name, sha256 from migration`.execute(trx);
    const known = new Map(applied.rows.map((row) => [row.name, row.sha256]));
    const added: string[] = [];
    for (const name of files) {
      const text = readFileSync(join(folder, name), 'utf8');
      const hash = sha256Hex(text);
      const before = known.get(name);
      known.delete(name);
      if (before === hash) continue;
      if (before !== undefined)
        throw new ConfigError([`migration ${name} was changed after it ran here; restore the file as it was released`]);
      await sql.raw(text).execute(trx);
      await sql`insert into migration (name, sha256) values (${name}, ${hash})`.execute(trx);
      added.push(name);
    }
    const [newer] = known.keys();
    if (newer !== undefined)
      throw new ConfigError([
        `the database was migrated by a newer Parley (${newer}); start that version or a later one`,
      ]);
    return added;
  });
};
