import { mkdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import pg from 'pg';
import { ConfigError } from '../config.ts';
import { takeDirectoryLock } from './directory-lock.ts';
import { createDiskSpace, type DiskSpace } from './disk-space.ts';
import { durableFiles, durableParameters, syncFolder, syncTree } from './durable-files.ts';
import { damaged, databaseFolder, draftFolder, findDatabase } from './embedded-folder.ts';
import { findDamage } from './integrity.ts';
import { batchMessages } from './message-batch.ts';
import { parseValues, plannerSettings } from './session.ts';

/** Where an embedded database lies, and the room it has. */
export interface OnDisk {
  dataDir: string;
  space: DiskSpace;
}

interface Embedded {
  pool: pg.Pool;
  disk: OnDisk;
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

const create = async (
  folder: string,
  parts: { makeRoom: () => boolean; say: (line: string) => void },
): Promise<PGlite> => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return PGlite.create({
    fs: durableFiles(folder, parts),
    startParams: durableParameters(PGlite.defaultStartParams),
  });
};

/** After a PANIC the database would keep the event loop for ever. To end is what a database server does, and a start repairs. */
const endProcess = (reason: string): void => {
  writeSync(
    2,
    `parley: the embedded database stopped (${reason}); start again: nothing that was acknowledged is lost\n`,
  );
  process.exit(1);
};

/** Opens a folder that is known to hold a database; throws with PostgreSQL's own words when it cannot. */
export const openFolder = async (
  folder: string,
  { makeRoom, onPanic }: { makeRoom: () => boolean; onPanic: (reason: string) => void } = {
    makeRoom: () => false,
    onPanic: endProcess,
  },
): Promise<PGlite> => {
  let lastWords = '';
  let isOpen = false;
  const say = (line: string): void => {
    const [, level, words] = /(PANIC|FATAL): +(.+)/.exec(line) ?? [];
    lastWords = words ?? lastWords;
    if (isOpen && level === 'PANIC') onPanic(lastWords);
  };
  try {
    const lite = await create(folder, { makeRoom, say });
    const damage = await findDamage(lite);
    isOpen = damage === null;
    if (isOpen) return lite;
    lastWords = damage ?? '';
    await lite.close();
    throw new Error(lastWords);
  } catch (error) {
    throw new Error(lastWords || String(error), { cause: error });
  }
};

/** Made under another name and renamed when it is whole and on disk, so that a crash leaves no half of one. */
const makeDatabase = async (dataDir: string): Promise<void> => {
  const draft = draftFolder(dataDir);
  rmSync(draft, { recursive: true, force: true });
  const lite = await create(draft, { makeRoom: () => false, say: () => {} });
  await lite.close();
  await syncTree(draft);
  renameSync(draft, databaseFolder(dataDir));
  syncFolder(dataDir);
};

const openOrRefuse = async (dataDir: string, space: DiskSpace, onPanic: (reason: string) => void): Promise<PGlite> => {
  try {
    return await openFolder(databaseFolder(dataDir), { makeRoom: space.makeRoom, onPanic });
  } catch (error) {
    if (space.isFull())
      throw new ConfigError([`the disk of ${dataDir} is full, so the database does not open; make room there`]);
    throw await damaged(dataDir, (error as Error).message);
  }
};

/** The embedded database in `<dataDir>/database`, made when it is missing; fsync on; holds the directory's lock until closed. */
export const openEmbedded = async (dataDir: string, describe: string): Promise<Embedded> => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = takeDirectoryLock(dataDir, describe);
  try {
    if (!(await findDatabase(dataDir))) await makeDatabase(dataDir);
    const space = createDiskSpace(dataDir);
    let isClosing = false;
    const lite = await openOrRefuse(dataDir, space, (reason) => {
      if (!isClosing) endProcess(reason);
    });
    await applyPlannerSettings(lite);
    const pool = poolOver(lite);
    return {
      pool,
      disk: { dataDir, space },
      async close() {
        isClosing = true;
        await pool.end();
        // On a full disk it cannot be closed in order; the next start makes good for it.
        await lite.close().catch(() => {});
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
};
