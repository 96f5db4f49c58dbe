import pg from 'pg';
import { ConfigError } from '../config.ts';
import type { Secret } from '../secret.ts';
import { databaseOver, type Database } from './connect.ts';
import { applyMigrations } from './migrate.ts';
import { parseValues } from './session.ts';

/** A table that was copied: its rows, and the sum of their hashes, which is the same on both sides. */
export interface CopiedTable {
  name: string;
  rows: number;
  checksum: string;
}

interface Table {
  /** Quoted, with its schema. */
  name: string;
  /** Quoted, separated by commas. */
  columns: string;
  /** Which of its rows. */
  where: string;
}

const pageRows = 500;
/** Jobs that are done stay behind. */
const unfinished = `state::text in ('created', 'retry', 'active')`;
/** How values are printed: the same on both sides, or the checksums would differ. */
const printing = `set timezone = 'UTC'; set datestyle = 'ISO, MDY'; set intervalstyle = 'postgres';
  set extra_float_digits = 1; set bytea_output = 'hex'; set xmloption = 'content'`;

/** One connection, so that everything between `begin` and `commit` is one transaction, whoever sends it. */
const openTarget = (url: Secret): Database => {
  const pool = new pg.Pool({
    connectionString: url.reveal(),
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: 10_000,
    types: parseValues,
    application_name: 'parley migrate-to-postgres',
  });
  return databaseOver({ system: pool, tenants: pool }, { embedded: false, close: () => pool.end() });
};

/** pg-boss brings its own transactions along; here they are part of ours. */
const withoutTransactions = (target: Database): Database => ({
  ...target,
  raw: (text, values) => target.raw(text.replace(/\b(BEGIN|COMMIT);/g, ''), values),
});

const refuseFilled = async (target: Database): Promise<void> => {
  const [found] = (await target.raw(
    `select format('%I.%I', nspname, relname) as name from pg_class join pg_namespace n on n.oid = relnamespace
     where nspname not in ('pg_catalog', 'information_schema') and nspname not like 'pg\\_toast%'
       and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
       and not exists (select from pg_depend d where d.objid = pg_class.oid and d.deptype = 'e') limit 1`,
    [],
  )) as { name: string }[];
  if (found)
    throw new ConfigError([`the target database is not empty (it has ${found.name}); name one that was just created`]);
};

const tablesOf = async (target: Database): Promise<Table[]> => {
  const tables = (await target.raw(
    `select format('%I.%I', table_schema, table_name) as name,
            string_agg(quote_ident(column_name), ', ' order by ordinal_position) as columns
     from information_schema.columns join information_schema.tables using (table_schema, table_name)
     where (table_schema = 'public' or table_schema = 'pgboss' and table_name = 'job')
       and table_type = 'BASE TABLE' and is_generated = 'NEVER'
     group by table_schema, table_name order by 1`,
    [],
  )) as Omit<Table, 'where'>[];
  return tables.map((table) => ({ ...table, where: table.name === 'pgboss.job' ? unfinished : 'true' }));
};

/** Takes the foreign keys away, so that tables may come in any order. Returns what puts them back and checks them. */
const dropForeignKeys = async (target: Database): Promise<string[]> => {
  const keys = (await target.raw(
    `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
            format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as add
     from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace`,
    [],
  )) as { drop: string; add: string }[];
  for (const { drop } of keys) await target.raw(drop, []);
  return keys.map(({ add }) => add);
};

/** As JSON text, in which PostgreSQL reads back exactly what it wrote: a driver would cut times to milliseconds. */
const copyTable = async (source: Database, target: Database, table: Table): Promise<void> => {
  for (let after = '(0,0)'; ;) {
    const [page] = (await source.raw(
      `select json_agg(row_to_json(found))::text as rows, max(place)::text as last
       from (select ctid as place, ${table.columns} from ${table.name}
             where ctid > $1::tid and ${table.where} order by ctid limit ${pageRows}) found`,
      [after],
    )) as { rows: string | null; last: string }[];
    if (!page || page.rows === null) return;
    await target.raw(
      `insert into ${table.name} (${table.columns}) overriding system value
       select ${table.columns} from json_populate_recordset(null::${table.name}, $1::json)`,
      [page.rows],
    );
    after = page.last;
  }
};

const measure = async (database: Database, table: Table): Promise<CopiedTable> => {
  const [sum] = (await database.raw(
    `select count(*) as rows, coalesce(sum(hashtextextended(row(${table.columns})::text collate "C", 0)), 0)::text as checksum
     from ${table.name} where ${table.where}`,
    [],
  )) as { rows: number; checksum: string }[];
  return { name: table.name, ...sum! };
};

const copySequences = async (source: Database, target: Database): Promise<void> => {
  const sequences = (await source.raw(
    `select format('%I.%I', schemaname, sequencename) as name, last_value as value from pg_sequences
     where schemaname = 'public' and last_value is not null`,
    [],
  )) as { name: string; value: number }[];
  for (const { name, value } of sequences) await target.raw('select setval($1, $2)', [name, value]);
};

const copy = async (source: Database, target: Database): Promise<CopiedTable[]> => {
  const foreignKeys = await dropForeignKeys(target);
  const tables = await tablesOf(target);
  const copied: CopiedTable[] = [];
  for (const table of tables) {
    // A migration may bring rows of its own, which the source has as well.
    await target.raw(`delete from ${table.name}`, []);
    await copyTable(source, target, table);
    const [there, here] = [await measure(source, table), await measure(target, table)];
    if (there.rows !== here.rows || there.checksum !== here.checksum)
      throw new Error(
        `${table.name} differs after the copy: ${there.rows} rows (${there.checksum}) here, ${here.rows} (${here.checksum}) there`,
      );
    copied.push(here);
  }
  await copySequences(source, target);
  for (const add of foreignKeys) await target.raw(add, []);
  return copied;
};

/**
 * Copies a migrated embedded database that nothing else writes to into an empty PostgreSQL database, compares every table,
 * and commits: all of it in one transaction of the target, which stays empty when anything goes wrong. `prepareJobs` makes
 * the queues there.
 */
export const copyToPostgres = async (
  source: Database,
  url: Secret,
  prepareJobs: (target: Database) => Promise<void>,
): Promise<CopiedTable[]> => {
  const target = openTarget(url);
  try {
    await target.raw('begin', []);
    await refuseFilled(target);
    await applyMigrations(target.system);
    await prepareJobs(withoutTransactions(target));
    await target.raw(printing, []);
    await source.raw(printing, []);
    const copied = await copy(source, target);
    await target.raw('commit', []);
    return copied;
  } finally {
    // Ends what was not committed.
    await target.close();
  }
};
