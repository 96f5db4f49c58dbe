import { join } from 'node:path';
import { watchLinks } from './platform/broadcast-watch.ts';
import { createBroadcast } from './platform/broadcast.ts';
import { createPostgresLink } from './platform/broadcast-postgres.ts';
import { createRedisLink } from './platform/broadcast-redis.ts';
import { systemClock, type Clock } from './platform/clock.ts';
import type { Config } from './platform/config.ts';
import { openDatabase, type Database } from './platform/database/connect.ts';
import { createHousekeeping } from './platform/database/housekeeping.ts';
import { createEgress } from './platform/egress.ts';
import { createEvents } from './platform/events.ts';
import { createCount } from './platform/http/limits.ts';
import { createJobs } from './platform/jobs.ts';
import { createLog, type Logger } from './platform/log.ts';
import { createMail } from './platform/mail.ts';
import { createSecrets, loadMasterKey } from './platform/secrets.ts';
import { createTelemetry } from './platform/telemetry.ts';
import { version } from './version.ts';
import { createBots } from './modules/bots/index.ts';
import { createConversations } from './modules/conversations/index.ts';
import { createIdentity } from './modules/identity/index.ts';
import { createModels } from './modules/models/index.ts';
import { createRuns } from './modules/runs/index.ts';
import { createWorkspaces } from './modules/workspaces/index.ts';

/** Parts a test may hold in its own hands. */
export interface Overrides {
  database?: Database;
  clock?: Clock;
  log?: Logger;
}

/** Makes every part and hands it to those that need it: the only place where that happens. Starts nothing. */
export const compose = async (config: Config, overrides: Overrides = {}) => {
  const log = overrides.log ?? createLog(config.logLevel);
  const clock = overrides.clock ?? systemClock;
  const database =
    overrides.database ??
    (await openDatabase({
      url: config.database.url,
      poolSize: config.database.poolSize,
      dataDir: config.dataDir,
      describe: `Parley at ${config.publicUrl}`,
    }));
  // After the database: opening it finishes a restore, which may bring a key along.
  const secrets = createSecrets(loadMasterKey(config.masterKey, config.dataDir));
  const telemetry = createTelemetry(database.statementCount);
  const redis = config.redisUrl
    ? createRedisLink({ url: config.redisUrl, channel: `parley:${secrets.derive('broadcast channel').slice(0, 16)}` })
    : null;
  const notify = config.database.url ? createPostgresLink({ url: config.database.url, database }) : null;
  const broadcast = createBroadcast({
    links: [redis, notify].filter((link) => link !== null),
    watch: watchLinks({ log, telemetry }),
  });
  const count = createCount(redis?.script ?? null);
  const egress = createEgress({ allow: config.egressAllow, log });
  const mail = createMail({ ...config.mail, outbox: join(config.dataDir, 'outbox'), log });
  const jobs = createJobs({ database, log, telemetry });
  const events = createEvents({ jobs });
  const housekeeping = createHousekeeping({ database, registry: telemetry.registry, version, clock, log });

  const identity = createIdentity({
    database,
    config: {
      secret: secrets.derive('session cookies'),
      publicUrl: config.publicUrl,
      secureCookies: config.secureCookies,
    },
    mail,
    jobs,
    broadcast,
    clock,
    log,
  });
  const workspaces = createWorkspaces({
    database,
    identity,
    events,
    mail,
    config: { publicUrl: config.publicUrl, version },
    secrets,
    broadcast,
    clock,
  });
  const models = createModels({
    database,
    egress,
    secrets,
    broadcast,
    config: { environmentKeys: config.environmentKeys, ollamaUrl: config.ollamaUrl, calls: config.modelCalls },
    clock,
    log,
    telemetry,
    demo: { wordsPerSecond: config.demoWordsPerSecond },
  });
  const bots = createBots({ database, models, clock });
  const conversations = createConversations({ database, broadcast, clock });
  const runs = createRuns({
    database,
    workspaces,
    models,
    conversations,
    broadcast,
    clock,
    log,
    telemetry,
    config: { ...config.runs, limits: config.modelLimits, retries: config.modelRetries },
  });

  const modules = [identity, workspaces, models, bots, conversations, runs];
  const listeners = modules.flatMap((module) => [...module.listeners]);
  events.connect(listeners);
  return {
    config,
    log,
    database,
    telemetry,
    broadcast,
    count,
    jobs,
    housekeeping,
    runs,
    resolveCaller: workspaces.resolveCaller,
    routes: modules.map((module) => module.routes),
    sockets: [runs.sockets],
    jobList: [
      ...housekeeping.jobs,
      ...modules.flatMap((module) => [...module.jobs]),
      ...listeners.map((listener) => listener.job),
    ],
    /** What does not work as it should, while the process is able to serve. */
    warnings: (): string[] => [housekeeping, models, runs].flatMap((part) => part.warnings()),
    /** Lets go of everything that was opened here. */
    async close(): Promise<void> {
      await broadcast.close();
      await housekeeping.stop();
      await egress.close();
      await database.close();
    },
  };
};

export type Parley = Awaited<ReturnType<typeof compose>>;
