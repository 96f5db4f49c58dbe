import { setTimeout as pause } from 'node:timers/promises';
import { compose, type Parley } from './compose.ts';
import { ConfigError, loadEnvironment, readConfig, type RoleName } from './platform/config.ts';
import { isDatabaseAway } from './platform/database/faults.ts';
import { migrate } from './platform/database/migrate.ts';
import { createApi, listen } from './roles/api.ts';
import { serveRealtime } from './roles/realtime.ts';

/** Time for what was said last to reach its reader. */
const lastWordsMs = 1_000;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const refusals = new Set(['28P01', '28000', '3D000', '42501']);
const isDatabaseRefusal = (error: unknown): boolean => refusals.has(String((error as { code?: unknown }).code));
const describeDatabase = (error: Error): string =>
  isDatabaseRefusal(error)
    ? `DATABASE_URL was refused by the server (${error.message}); correct its user, password or database name`
    : `DATABASE_URL leads to no server that answers (${(error as NodeJS.ErrnoException).code ?? error.message}); start it or correct the address`;

const refuse = (error: unknown): never => {
  if (error instanceof ConfigError) for (const line of error.lines) say(`parley: ${line}`);
  else if (isDatabaseAway(error) || isDatabaseRefusal(error)) say(`parley: ${describeDatabase(error as Error)}`);
  else say(`parley: could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.exit(1);
};

/** SIGTERM and SIGINT: no new work, running answers get the grace period, then everything is closed. A second signal ends at once. */
const stopInOrder = (parley: Parley, close: () => Promise<void>): void => {
  let stopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (stopping) process.exit(1);
    stopping = true;
    parley.log.info({ signal }, 'stopping');
    try {
      await close();
      process.exit(0);
    } catch (error) {
      parley.log.error({ err: error }, 'could not stop in order');
      process.exit(1);
    }
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
};

const start = async (): Promise<void> => {
  const config = readConfig(loadEnvironment());
  say(config.database.url ? 'Opening PostgreSQL …' : `Opening the database in ${config.dataDir} …`);
  const parley = await compose(config);
  try {
    const added = await migrate(parley.database, () => parley.housekeeping.backup('before-migration'));
    if (added.length > 0) say(`Database migrated: ${added.join(', ')}`);
    await parley.housekeeping.start();
    await parley.jobs.prepare(parley.jobList);
    const serves = (role: RoleName): boolean => config.roles.includes(role);
    const api = serves('api') || serves('realtime') ? await createApi(parley) : null;
    const realtime = api && serves('realtime') ? serveRealtime(parley, api) : null;
    const port = api ? await listen(api, config) : 0;
    parley.broadcast.connect();
    if (serves('api') || serves('worker')) await parley.runs.start();
    if (serves('worker')) await parley.jobs.work();
    stopInOrder(parley, async () => {
      const served = api?.close();
      await parley.runs.stop(config.shutdownGraceSeconds * 1000);
      realtime?.close();
      // Who has not finished asking soon, or does not read the answer, is not waited for.
      await Promise.race([served, pause(lastWordsMs)]);
      api?.server.closeAllConnections();
      await served;
      await parley.jobs.stop();
      await parley.close();
    });
    if (api) say(`Parley is ready: ${config.publicUrl.replace(/:0$/, `:${port}`)}`);
  } catch (error) {
    await parley.close().catch(() => {});
    throw error;
  }
};

await start().catch(refuse);
