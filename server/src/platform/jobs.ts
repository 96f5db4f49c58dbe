import { setTimeout as pause } from 'node:timers/promises';
import { fromKysely, PgBoss, type Db, type Job as BossJob } from 'pg-boss';
import { sql, type Transaction } from 'kysely';
import type { z } from 'zod';
import type { Database } from './database/connect.ts';
import type { Tables } from './database/tables.ts';
import type { Logger } from './log.ts';
import type { Telemetry } from './telemetry.ts';

/** A unit of background work. It may run more than once, so running it again must do no harm. */
export interface Job<T extends object> {
  /** Name of the queue, e.g. `mail.send`. */
  name: string;
  schema: z.ZodType<T>;
  run(data: T, context: { log: Logger }): Promise<void>;
  /** Attempts after the first, with growing pauses; 5 unless told. */
  retryLimit?: number;
  /** Also run by this cron expression (UTC, minutes are the finest grain), with `{}` as data. */
  cron?: string;
}

/** A Job of whatever data, as modules list them. */
export type AnyJob = Job<object>;

export const defineJob = <T extends object>(job: Job<T>): Job<T> => job;

export interface Jobs {
  /** Puts a job on its queue within the transaction that causes it. */
  enqueue<T extends object>(trx: Transaction<Tables>, job: Pick<Job<T>, 'name' | 'schema'>, data: T): Promise<void>;
  /** Creates the queues; needed before anything is enqueued. */
  prepare(jobs: readonly AnyJob[]): Promise<void>;
  /** Starts to work on the prepared queues. */
  work(): Promise<void>;
  /** Runs everything that is queued now, and what that queues, here; for tests. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

const deadLetters = 'dead';
const startAttempts = 10;
// A schema, table, type or function that another process made a moment before (SQLSTATE).
const madeMeanwhile = new Set(['23505', '42P06', '42P07', '42710', '42723']);
const pollSeconds = 1;

/** Background jobs on pg-boss, on the application's own database. */
export const createJobs = (options: {
  database: Database;
  log: Logger;
  telemetry: Pick<Telemetry, 'jobsFailed'>;
}): Jobs => {
  const { database, log, telemetry } = options;
  const boss = new PgBoss({
    db: {
      executeSql: async (text: string, values: unknown[] = []) => ({ rows: await database.raw(text, values) }),
    } as Db,
    backend: database.embedded ? 'pglite' : 'postgres',
  });
  boss.on('error', (fault) => log.warn({ cause: fault.message, err: fault }, 'background queue fault'));
  const known = new Map<string, AnyJob>();
  let started = false;

  /** pg-boss makes its schema without a lock: of processes that start at once, all but one fail, and find it made then. */
  const start = async (): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await boss.start();
        return;
      } catch (error) {
        if (attempt === startAttempts || !madeMeanwhile.has(String((error as { code?: unknown }).code))) throw error;
        await pause(100 * attempt);
      }
    }
  };

  const runOne = async (job: AnyJob, queued: BossJob<object>): Promise<void> => {
    const jobLog = log.child({ job: job.name, jobId: queued.id });
    const data = job.schema.parse(queued.data ?? {});
    await job.run(data, { log: jobLog });
    jobLog.debug('job done');
  };

  const runBatch = async (job: AnyJob, batch: BossJob<object>[]): Promise<void> => {
    for (const queued of batch) {
      try {
        await runOne(job, queued);
      } catch (error) {
        telemetry.jobsFailed.inc({ job: job.name });
        log.error({ job: job.name, jobId: queued.id, cause: String(error) }, 'job failed');
        throw error;
      }
    }
  };

  return {
    async enqueue(trx, job, data) {
      await boss.send(job.name, job.schema.parse(data), { db: fromKysely(trx) });
    },
    async prepare(jobs) {
      await start();
      started = true;
      await boss.createQueue(deadLetters);
      for (const job of jobs) {
        known.set(job.name, job);
        await boss.createQueue(job.name, {
          retryLimit: job.retryLimit ?? 5,
          retryBackoff: true,
          expireInSeconds: 900,
          deadLetter: deadLetters,
        });
      }
      // Fills pg-boss's memory of its queues: asking for one inside a transaction would wait for the only connection.
      for (const job of jobs) await boss.insert(job.name, []);
      await sql`grant usage on schema pgboss to parley_app`.execute(database.system);
      await sql`grant select, insert, update, delete on all tables in schema pgboss to parley_app`.execute(
        database.system,
      );
      await sql`grant execute on all functions in schema pgboss to parley_app`.execute(database.system);
    },
    async work() {
      for (const job of known.values()) {
        if (job.cron) await boss.schedule(job.name, job.cron, {});
        await boss.work(job.name, { batchSize: 1, pollingIntervalSeconds: pollSeconds }, (batch: BossJob<object>[]) =>
          runBatch(job, batch),
        );
      }
    },
    async drain() {
      for (let found = true; found;) {
        found = false;
        for (const job of known.values()) {
          const batch = await boss.fetch<object>(job.name, { batchSize: 50 });
          for (const queued of batch) {
            found = true;
            await runOne(job, queued);
            await boss.complete(job.name, queued.id);
          }
        }
      }
    },
    async stop() {
      if (started) await boss.stop({ graceful: true, timeout: 5_000 });
    },
  };
};
