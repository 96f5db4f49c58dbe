import { z } from 'zod';
import type { Broadcast } from '../../platform/broadcast.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/connect.ts';
import { defineJob } from '../../platform/jobs.ts';
import { newId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import type { Conversations } from '../conversations/index.ts';
import type { Models, PhaseLimits } from '../models/index.ts';
import type { Workspaces } from '../workspaces/index.ts';
import { createExecutor } from './executor.ts';
import { createEventReader } from './event-reader.ts';
import { createFeed } from './feed.ts';
import { createKeeper } from './keeper.ts';
import { createRunLogStore } from './log-store.ts';
import { createLogWriter } from './log-writer.ts';
import type { RetryRules } from './next-step.ts';
import { createReaderRights } from './reader-rights.ts';
import { runRoutes } from './routes.ts';
import { createRunService } from './service.ts';
import { runSockets } from './socket.ts';
import { createRunStore } from './store.ts';
import { createWakeUps } from './wake-ups.ts';

export interface RunsDeps {
  database: Database;
  models: Pick<Models, 'resolve' | 'call'>;
  conversations: Pick<Conversations, 'open'>;
  workspaces: Pick<Workspaces, 'areMembers'>;
  broadcast: Broadcast;
  clock: Clock;
  log: Logger;
  telemetry: Telemetry;
  config: { flushMs: number; eventHours: number; limits: PhaseLimits; retries: RetryRules };
}

/** Runs: every answer, its durable log, and those who read it. */
export const createRuns = (deps: RunsDeps) => {
  const { database, models, conversations, workspaces, broadcast, clock, log, telemetry, config } = deps;
  const owner = newId();
  const store = createRunStore(database, owner);
  const writer = createLogWriter({
    store: createRunLogStore(database, owner),
    flushMs: config.flushMs,
    log,
    telemetry,
  });
  let stopping = false;
  const wakeUps = createWakeUps(broadcast);
  const feed = createFeed({
    readEvents: createEventReader(database),
    rights: createReaderRights({ mayRead: workspaces.areMembers }),
    wakeUps,
    broadcast,
    telemetry,
  });
  const executor = createExecutor({
    models,
    writer,
    feed,
    limits: config.limits,
    retries: config.retries,
    clock,
    log,
    telemetry,
    onEnded: () => keeper.ended(),
  });
  const keeper = createKeeper({
    store,
    executor: () => executor,
    broadcast,
    wakeUps,
    alone: database.embedded,
    log,
    telemetry,
  });
  const service = createRunService({
    store,
    conversations,
    executor,
    feed,
    keeper,
    healthy: writer.healthy,
    isStopping: () => stopping,
  });
  const purge = defineJob({
    name: 'runs.purge',
    schema: z.object({}),
    cron: '17 * * * *',
    async run() {
      const now = clock.now();
      await store.purgeEvents(new Date(now.getTime() - config.eventHours * 3_600_000));
      await store.purgeIdempotency(now);
    },
  });
  // Whose rights may have changed reads no further: attaching again checks them.
  for (const topic of ['identity.sessions', 'workspaces.members', 'conversations.removed'])
    broadcast.subscribe<{ userId?: string; workspaceId?: string; conversationId?: string }>(topic, feed.drop);
  return {
    /** Ends what a crash left behind and begins to look after the runs. */
    start: keeper.start,
    /** Waits for running answers for the grace period, tells the readers to come back, and stops. */
    async stop(graceMs: number): Promise<void> {
      stopping = true;
      feed.dropForeign();
      await Promise.all([keeper.retire(), service.accepted()]);
      await executor.finish(graceMs);
      keeper.stop();
      feed.closeAll();
    },
    /** For those who run the installation: what does not work as it should. */
    warnings: (): string[] => (writer.healthy() ? [] : ['the run log takes no appends']),
    /** True from the moment on that no more work is taken. */
    isStopping: (): boolean => stopping,
    routes: runRoutes(service),
    sockets: runSockets(service),
    jobs: [purge],
    listeners: [],
  };
};

export type Runs = ReturnType<typeof createRuns>;
