import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import pg from 'pg';
import { takeDirectoryLock } from './directory-lock.ts';
import { batchMessages } from './message-batch.ts';
import { parseValues, plannerSettings } from './session.ts';

interface Closable {
  pool: pg.Pool;
  close(): Promise<void>;
}

/**
 * One pg pool of one connection over an in-process PGlite. Everything must go through this pool: PGlite is a single
 * session, and a second path into it would share its transactions.
 */
export const poolOver = (lite: PGlite): pg.Pool => {
  const config = createPgConfig(batchMessages(lite));
  const parse = config.connection.parse.bind(config.connection);
  // pg's `types` are result parsers; the adapter takes them for parameter OIDs and breaks on anything but an array.
  config.connection.parse = (query: { types?: unknown }) =>
    parse(Array.isArray(query.types) ? query : { ...query, types: undefined });
  return new pg.Pool({
    ...config,
    max: 1,
    idleTimeoutMillis: 0,
    // Using the pool inside an open transaction would wait for itself: make that an error.
    connectionTimeoutMillis: 10_000,
    types: parseValues,
  } as unknown as pg.PoolConfig);
};

/** The one session's settings; before the pool takes it over. */
export const applyPlannerSettings = async (lite: PGlite): Promise<void> => {
  for (const setting of plannerSettings) await lite.exec(`set ${setting}`);
};

/** Opens the embedded database in `<dataDir>/database` with fsync on, holding the directory's lock until closed. */
export const openEmbedded = async (dataDir: string, describe: string): Promise<Closable> => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = takeDirectoryLock(dataDir, describe);
  try {
    const lite = await PGlite.create({
      dataDir: join(dataDir, 'database'),
      startParams: PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
    });
    await applyPlannerSettings(lite);
    const pool = poolOver(lite);
    return {
      pool,
      async close() {
        await pool.end();
        await lite.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
};
