import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compose } from '../compose.ts';
import { ConfigError, loadEnvironment, readConfig } from '../platform/config.ts';
import { copyToPostgres, type CopiedTable } from '../platform/database/copy-to-postgres.ts';
import { databaseFolder } from '../platform/database/embedded-folder.ts';
import { migrate } from '../platform/database/migrate.ts';
import { createJobs } from '../platform/jobs.ts';
import { secret, type Secret } from '../platform/secret.ts';
import { runCommand, say } from './command.ts';

const targetOf = (given: string | undefined): Secret => {
  const url = given !== undefined && URL.canParse(given) ? new URL(given) : null;
  if (!url || !['postgres:', 'postgresql:'].includes(url.protocol) || url.pathname.length < 2)
    throw new ConfigError([
      'the address of the empty PostgreSQL database is missing; use: npm run migrate-to-postgres -- --to postgres://user:password@host:5432/name, or set DATABASE_URL',
    ]);
  return secret(url.href);
};

const report = (tables: readonly CopiedTable[]): void => {
  const width = Math.max(...tables.map(({ name }) => name.length));
  say(`${'table'.padEnd(width)}  ${'rows'.padStart(9)}  checksum, equal on both sides`);
  for (const { name, rows, checksum } of tables) say(`${name.padEnd(width)}  ${String(rows).padStart(9)}  ${checksum}`);
};

const sayWhatNext = (dataDir: string, hasKeyFile: boolean): void => {
  say('');
  say('Everything was copied and compared. Start Parley from now on with:');
  say('  DATABASE_URL   the address you gave here');
  say(
    hasKeyFile
      ? `  MASTER_KEY     what is in ${join(dataDir, 'master.key')}: "$(cat ${join(dataDir, 'master.key')})"`
      : '  MASTER_KEY     the same as until now',
  );
  say(
    `The embedded database in ${databaseFolder(dataDir)} was only read; keep it until you are content, then delete it.`,
  );
};

await runCommand('migrate-to-postgres', async () => {
  const { values } = parseArgs({ options: { to: { type: 'string' } } });
  const environment = loadEnvironment();
  const target = targetOf(values.to ?? environment.DATABASE_URL);
  const config = readConfig({ ...environment, DATABASE_URL: undefined });
  if (!existsSync(databaseFolder(config.dataDir)))
    throw new ConfigError([`there is no database in ${config.dataDir}; set DATA_DIR to the folder that has one`]);
  const parley = await compose(config);
  try {
    await migrate(parley.database, () => parley.housekeeping.backup('before-migration'));
    await parley.jobs.prepare(parley.jobList);
    await parley.jobs.stop();
    const tables = await copyToPostgres(parley.database, target, async (database) => {
      const jobs = createJobs({ database, log: parley.log, telemetry: parley.telemetry });
      await jobs.prepare(parley.jobList);
      await jobs.stop();
    });
    report(tables);
    sayWhatNext(config.dataDir, existsSync(join(config.dataDir, 'master.key')));
  } finally {
    await parley.close();
  }
});
