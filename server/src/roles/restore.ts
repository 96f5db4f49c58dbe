import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../platform/clock.ts';
import { ConfigError, loadEnvironment, readConfig } from '../platform/config.ts';
import { takeDirectoryLock } from '../platform/database/directory-lock.ts';
import { restoreBackup, type Restored } from '../platform/database/restore.ts';
import { runCommand, say } from './command.ts';

const keyLines = {
  restored: 'The master key of the backup is in place.',
  'the same': 'The master key is the same as before.',
  'not in the backup': 'The master key was not in the backup; the present one stays.',
};

const report = ({ manifest, counts, aside, masterKey }: Restored): void => {
  const found = Object.entries(counts).map(([table, count]) => `${table} ${count}`);
  say(`Restored the backup of ${manifest.madeAt} (Parley ${manifest.version}).`);
  say(`In it: ${found.join(', ')}; ${manifest.migrations.length} migrations.`);
  say(keyLines[masterKey]);
  if (aside !== null) say(`What was there before is in ${aside}; delete it when it is not needed any more.`);
  say('Start Parley with: npm start');
};

await runCommand('restore', async () => {
  const { positionals } = parseArgs({ allowPositionals: true });
  const config = readConfig(loadEnvironment());
  if (config.database.url)
    throw new ConfigError([
      'DATABASE_URL is set, and npm run restore is for the embedded database; restore PostgreSQL with pg_restore',
    ]);
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0)
    throw new ConfigError(['the backup to restore is missing; use: npm run restore -- data/backups/<file>']);
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const lock = takeDirectoryLock(config.dataDir, 'npm run restore');
  try {
    say(`Reading ${file} …`);
    report(await restoreBackup(resolve(file), config.dataDir, systemClock.now()));
  } finally {
    lock.release();
  }
});
