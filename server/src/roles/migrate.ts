import { loadEnvironment, readConfig } from '../platform/config.ts';
import { openDatabase } from '../platform/database/connect.ts';
import { migrate } from '../platform/database/migrate.ts';

const config = readConfig(loadEnvironment());
const database = await openDatabase({
  url: config.database.url,
  poolSize: 2,
  dataDir: config.dataDir,
  describe: 'a Parley migration',
});
const added = await migrate(database);
process.stderr.write(added.length > 0 ? `Migrated: ${added.join(', ')}\n` : 'Nothing to migrate.\n');
await database.close();
