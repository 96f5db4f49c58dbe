import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config.ts';
import { newestGoodBackup } from './backup-file.ts';
import { syncFolder } from './durable-files.ts';

/** Version of PostgreSQL that PGlite is; a folder of another one does not open. */
const postgresVersion = '18';
const needed = ['PG_VERSION', 'global/pg_control', 'base', 'pg_wal', 'pg_xact', 'pg_multixact'];

export const databaseFolder = (dataDir: string): string => join(dataDir, 'database');

/** What a restore has ready: `database`, and `master.key` when the backup had one. */
export const restoredFolder = (dataDir: string): string => join(dataDir, 'restored.part');

/** A database on its way: made or unpacked here, and renamed when it is whole. */
export const draftFolder = (dataDir: string): string => join(dataDir, 'database.part');

/**
 * The second half of a restore: what was restored takes the empty place. Also done at a start, for a restore that was
 * interrupted after the database before it was moved aside; one that was interrupted earlier is dropped.
 */
export const finishRestore = (dataDir: string): void => {
  const ready = restoredFolder(dataDir);
  if (existsSync(join(ready, 'database')) && !existsSync(databaseFolder(dataDir))) {
    if (existsSync(join(ready, 'master.key'))) renameSync(join(ready, 'master.key'), join(dataDir, 'master.key'));
    renameSync(join(ready, 'database'), databaseFolder(dataDir));
    syncFolder(dataDir);
  }
  rmSync(ready, { recursive: true, force: true });
};

/** The refusal to work with a damaged database: one line that names the newest good backup and the command. */
export const damaged = async (dataDir: string, reason: string): Promise<ConfigError> => {
  const backup = await newestGoodBackup(dataDir);
  const remedy = backup
    ? `go back to the newest good backup: npm run restore -- ${backup}`
    : `there is no good backup in ${join(dataDir, 'backups')}; put back a copy of the folder, or move it aside to start anew`;
  return new ConfigError([`the database in ${databaseFolder(dataDir)} is damaged (${reason}); ${remedy}`]);
};

/** Why the folder cannot hold a whole database, or null. PGlite would make a new one over what is left of it. */
const faultOf = (folder: string): string | null => {
  for (const name of needed) if (!statSync(join(folder, name), { throwIfNoEntry: false })) return `${name} is missing`;
  return null;
};

/** Says whether there is a database in the data directory; throws when there is one that cannot be opened. */
export const findDatabase = async (dataDir: string): Promise<boolean> => {
  const folder = databaseFolder(dataDir);
  finishRestore(dataDir);
  if (!existsSync(folder)) return false;
  if (readdirSync(folder).length === 0) {
    rmSync(folder, { recursive: true });
    return false;
  }
  const fault = faultOf(folder);
  if (fault !== null) throw await damaged(dataDir, fault);
  const version = readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim();
  if (version !== postgresVersion && /^\d+$/.test(version))
    throw new ConfigError([
      `the database in ${folder} is of PostgreSQL ${version}, this Parley has ${postgresVersion}; start the Parley it comes from`,
    ]);
  return true;
};
