import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { databaseOver, openDatabase, type Database } from '../platform/database/connect.ts';
import { applyPlannerSettings, poolOver } from '../platform/database/embedded.ts';
import { secret } from '../platform/secret.ts';

/** Where a migrated, empty installation can be copied from; made once per test run. */
export interface Template {
  /** File with the dump of an embedded database. */
  snapshot: string | null;
  /** PostgreSQL server, and the database on it to copy. */
  url: string | null;
  name: string | null;
}

/** An embedded database in memory, empty or from a dump. */
export const openInMemory = async (snapshot: string | null): Promise<{ database: Database; lite: PGlite }> => {
  const lite = await PGlite.create(snapshot ? { loadDataDir: new Blob([readFileSync(snapshot)]) } : {});
  await applyPlannerSettings(lite);
  const pool = poolOver(lite);
  const database = databaseOver(
    { system: pool, tenants: pool },
    {
      embedded: true,
      async close() {
        await pool.end();
        await lite.close();
      },
    },
  );
  return { database, lite };
};

/** Runs one statement on the server's own database. */
export const onServer = async (url: string, text: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
};

export const urlOf = (server: string, name: string): string => {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
};

/** A database of its own for one test: a copy of the template. */
export const copyTemplate = async (template: Template): Promise<{ database: Database; url: string | null }> => {
  if (!template.url) return { database: (await openInMemory(template.snapshot)).database, url: null };
  const name = `parley_test_${randomBytes(6).toString('hex')}`;
  const server = template.url;
  await onServer(server, `create database ${name} template ${template.name!}`);
  const url = urlOf(server, name);
  const database = await openDatabase({ url: secret(url), poolSize: 4, dataDir: '', describe: '' });
  return {
    url,
    database: {
      ...database,
      async close() {
        await database.close();
        await onServer(server, `drop database if exists ${name} with (force)`);
      },
    },
  };
};
