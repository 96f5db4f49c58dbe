import type { PGlite } from '@electric-sql/pglite';

/**
 * What must agree in the catalogue of any database. Finds pages that were lost or overwritten with zeros, which PostgreSQL
 * takes for new ones; other damage to a page fails its checksum when it is read.
 */
const probe = `
  set local enable_seqscan = on; set local enable_indexscan = off; set local enable_indexonlyscan = off;
  set local enable_bitmapscan = off;
  select what from (
    select 'pg_attribute has columns of no table' as what
      from pg_attribute where not exists (select from pg_class where oid = attrelid)
    union all
    select 'pg_class and pg_attribute differ in ' || relname from pg_class
      left join (select attrelid, count(*) as columns from pg_attribute where attnum > 0 group by attrelid) found
        on attrelid = oid
      where relnatts <> coalesce(columns, 0)
    union all
    select 'pg_type lacks types of columns' from pg_attribute
      where atttypid <> 0 and not exists (select from pg_type where oid = atttypid)
    union all
    select 'pg_class lacks indexes' from pg_index where not exists (select from pg_class where oid = indexrelid)
    union all
    select 'pg_index lacks ' || relname from pg_class
      where relkind in ('i', 'I') and not exists (select from pg_index where indexrelid = oid)
    union all
    select 'pg_proc lacks operators'' functions' from pg_operator
      where oprcode <> 0 and not exists (select from pg_proc where oid = oprcode)
    union all
    select 'pg_class lacks tables with constraints' from pg_constraint
      where conrelid <> 0 and not exists (select from pg_class where oid = conrelid)
  ) found limit 1`;

/** Reads the catalogue and one row of every table; says what is wrong, or null. */
export const findDamage = async (lite: PGlite): Promise<string | null> => {
  try {
    return await lite.transaction(async (trx) => {
      const results = await trx.exec(probe);
      const fault = results.at(-1)?.rows[0]?.what as string | undefined;
      if (fault !== undefined) return fault;
      const tables = await trx.query<{ name: string }>(
        `select format('%I.%I', n.nspname, relname) as name from pg_class join pg_namespace n on n.oid = relnamespace
         where relkind = 'r' and n.nspname in ('public', 'pgboss')`,
      );
      for (const { name } of tables.rows) await trx.query(`select * from ${name} limit 1`);
      return null;
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};
