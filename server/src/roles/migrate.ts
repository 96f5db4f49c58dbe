import { systemClock } from '../platform/clock.ts';
import { loadEnvironment, readConfig } from '../platform/config.ts';
import { describeBackup, takeBackup } from '../platform/database/backup.ts';
import { openDatabase } from '../platform/database/connect.ts';
import { migrate } from '../platform/database/migrate.ts';
import { version } from '../version.ts';
import { runCommand, say } from './command.ts';

await runCommand('migrate', async () => {
  const { dataDir, database: settings } = readConfig(loadEnvironment());
  const database = await openDatabase({ url: settings.url, poolSize: 2, dataDir, describe: 'npm run migrate' });
  const backUp = async (): Promise<void> => {
    if (!database.disk) return;
    const now = systemClock.now();
    const made = await takeBackup({ database, dataDir, reason: 'before-migration', masterKey: true, version, now });
    say(`Backed up: ${describeBackup(made)}`);
  };
  try {
    const added = await migrate(database, backUp);
    say(added.length > 0 ? `Migrated: ${added.join(', ')}` : 'Nothing to migrate.');
  } finally {
    await database.close();
  }
});
