import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { systemClock } from '../platform/clock.ts';
import { ConfigError, loadEnvironment, readConfig } from '../platform/config.ts';
import { describeBackup, takeBackup, type Backup } from '../platform/database/backup.ts';
import { openDatabase } from '../platform/database/connect.ts';
import { askForBackup } from '../platform/database/control-socket.ts';
import { isDirectoryInUse } from '../platform/database/directory-lock.ts';
import { databaseFolder } from '../platform/database/embedded-folder.ts';
import { version } from '../version.ts';
import { runCommand, say } from './command.ts';

/** By the server that has the database open, or here when none has. */
const make = async (dataDir: string, masterKey: boolean): Promise<Backup> => {
  if (isDirectoryInUse(dataDir)) return askForBackup(dataDir, masterKey);
  const database = await openDatabase({ url: null, poolSize: 1, dataDir, describe: 'npm run backup' });
  try {
    return await takeBackup({ database, dataDir, reason: 'manual', masterKey, version, now: systemClock.now() });
  } finally {
    await database.close();
  }
};

const move = async (backup: Backup, to: string): Promise<Backup> => {
  try {
    await rename(backup.file, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await pipeline(createReadStream(backup.file), createWriteStream(to, { mode: 0o600, flush: true }));
    await rm(backup.file);
  }
  return { ...backup, file: to };
};

await runCommand('backup', async () => {
  const { values } = parseArgs({ options: { to: { type: 'string' }, 'without-key': { type: 'boolean' } } });
  const config = readConfig(loadEnvironment());
  if (config.database.url)
    throw new ConfigError([
      'DATABASE_URL is set, and npm run backup is for the embedded database; back PostgreSQL up with: pg_dump --format=custom "$DATABASE_URL" > parley.dump',
    ]);
  const to = values.to === undefined ? null : resolve(values.to);
  if (to !== null && existsSync(to)) throw new ConfigError([`${to} is there already; name another file`]);
  if (!existsSync(databaseFolder(config.dataDir)))
    throw new ConfigError([`there is no database in ${config.dataDir}; set DATA_DIR to the folder that has one`]);
  const made = await make(config.dataDir, !values['without-key']);
  const backup = to === null ? made : await move(made, to);
  say(`Backed up and read again: ${describeBackup(backup)}`);
  say(
    backup.masterKey
      ? 'It holds everything, the master key too: keep it as safe as the keys it opens.'
      : 'It does not hold the master key: without that, stored provider keys cannot be opened and everybody is signed out.',
  );
});
