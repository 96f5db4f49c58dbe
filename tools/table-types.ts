import type { Database } from '../server/src/platform/database/connect.ts';
import { sql } from 'kysely';

interface Column {
  table: string;
  column: string;
  type: string;
  nullable: boolean;
  preset: boolean;
}

const typeNames: Record<string, string> = {
  bool: 'boolean',
  bytea: 'Buffer',
  float8: 'number',
  int4: 'number',
  int8: 'number',
  json: 'Json',
  jsonb: 'Json',
  text: 'string',
  timestamptz: 'Timestamp',
  uuid: 'string',
};

const header = `// Generated from the migrated database by \`npm run generate\`; not edited by hand.
import type { ColumnType, Generated } from 'kysely';

/** Read as Date, written as Date or ISO text. */
type Timestamp = ColumnType<Date, Date | string, Date | string>;
/** Read as parsed JSON, written as JSON text. */
type Json = ColumnType<unknown, string, string>;
/** A column with a default of a type that reads and writes differently. */
type Preset<T> = [T] extends [ColumnType<infer S, infer I, infer U>] ? ColumnType<S, I | undefined, U> : Generated<T>;
type Nullable<T> = [T] extends [ColumnType<infer S, infer I, infer U>]
  ? ColumnType<S | null, I | null | undefined, U | null>
  : T | null;
`;

const interfaceName = (table: string): string =>
  table.replace(/(^|_)([a-z])/g, (_match, _bar, letter: string) => letter.toUpperCase()) + 'Table';

/** The TypeScript types of every table, as source text. */
export const tableTypes = async (database: Database): Promise<string> => {
  const { rows } = await sql<Column>`
    select c.table_name as "table", c.column_name as "column", c.udt_name as type,
      c.is_nullable = 'YES' as nullable, c.column_default is not null as preset
    from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.table_name <> 'migration'
    order by c.table_name, c.ordinal_position`.execute(database.system);
  const tables = Map.groupBy(rows, (row) => row.table);
  const bodies = [...tables].map(([table, columns]) => {
    const fields = columns.map((column) => {
      const plain = typeNames[column.type];
      if (!plain) throw new Error(`no TypeScript type for ${column.type} of ${table}.${column.column}`);
      const type = column.nullable ? `Nullable<${plain}>` : column.preset ? `Preset<${plain}>` : plain;
      return `  ${column.column}: ${type};`;
    });
    return `export interface ${interfaceName(table)} {\n${fields.join('\n')}\n}\n`;
  });
  const index = [...tables.keys()].map((table) => `  ${table}: ${interfaceName(table)};`);
  return [
    header,
    ...bodies,
    `/** Every table by its name. */\nexport interface Tables {\n${index.join('\n')}\n}\n`,
  ].join('\n');
};
