import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { sql } from 'kysely';
import { z } from 'zod';
import { copyTemplate } from '../testing/database.ts';
import type { Database } from './database/connect.ts';
import { createEvents, defineEvent, on } from './events.ts';
import { createJobs, defineJob, type AnyJob, type Job, type Jobs } from './jobs.ts';
import { createLog } from './log.ts';
import { createTelemetry } from './telemetry.ts';

const log = createLog('silent');
const tenant = '00000000-0000-7000-8000-000000000001';
const schema = z.strictObject({ text: z.string() });
const ran: string[] = [];
const record = (name: string): Job<{ text: string }> =>
  defineJob({ name, schema, run: async ({ text }) => void ran.push(`${name} ${text}`) });

let database: Database;
beforeAll(async () => {
  ({ database } = await copyTemplate(inject('template')));
});
afterAll(() => database.close());

const prepared = async (...jobs: AnyJob[]): Promise<Jobs> => {
  const made = createJobs({ database, log, telemetry: createTelemetry(() => 0) });
  await made.prepare(jobs);
  return made;
};

const queued = async (name: string, state = 'created'): Promise<number> => {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from pgboss.job where name = ${name} and state::text = ${state}`.execute(database.system);
  return rows[0]!.count;
};

describe('a job', () => {
  test('is queued with the transaction that causes it, of a tenant too, and gone when that is rolled back', async () => {
    const job = record('test.rolled-back');
    const jobs = await prepared(job);
    for (const scope of [database.system, database.tenant(tenant)]) {
      const before = await queued(job.name);
      const lost = scope.transaction().execute(async (trx) => {
        await jobs.enqueue(trx, job, { text: 'lost' });
        throw new Error('changed my mind');
      });
      await expect(lost).rejects.toThrow('changed my mind');
      expect(await queued(job.name)).toBe(before);
      await scope.transaction().execute((trx) => jobs.enqueue(trx, job, { text: 'kept' }));
      expect(await queued(job.name)).toBe(before + 1);
    }
    await jobs.drain();
    expect(ran.filter((line) => line.startsWith(job.name))).toEqual([`${job.name} kept`, `${job.name} kept`]);
    await jobs.stop();
  });

  test('is not queued with what its schema refuses', async () => {
    const job = record('test.refused');
    const jobs = await prepared(job);
    const enqueue = database.system
      .transaction()
      .execute((trx) => jobs.enqueue(trx, job, { text: 'x', extra: 1 } as { text: string }));
    await expect(enqueue).rejects.toThrow(z.ZodError);
    expect(await queued(job.name)).toBe(0);
    await jobs.stop();
  });

  test('may queue another, which is drained with it', async () => {
    const second = record('test.second');
    const first = defineJob({
      name: 'test.first',
      schema,
      run: ({ text }) => database.system.transaction().execute((trx) => jobs.enqueue(trx, second, { text })),
    });
    const jobs = await prepared(second, first);
    await database.system.transaction().execute((trx) => jobs.enqueue(trx, first, { text: 'handed on' }));
    await jobs.drain();
    expect(ran).toContain('test.second handed on');
    await jobs.stop();
  });

  test('that fails is tried again', { timeout: 60_000 }, async () => {
    const attempts: string[] = [];
    const job = defineJob({
      name: 'test.flaky',
      schema,
      run: async ({ text }) => {
        attempts.push(text);
        if (attempts.length === 1) throw new Error('not yet');
      },
    });
    const jobs = await prepared(job);
    await jobs.work();
    await database.system.transaction().execute((trx) => jobs.enqueue(trx, job, { text: 'a' }));
    await expect.poll(() => attempts.length, { timeout: 40_000, interval: 200 }).toBe(2);
    await expect.poll(() => queued(job.name, 'completed'), { timeout: 20_000, interval: 200 }).toBe(1);
    await jobs.stop();
  });

  test('that never succeeds ends among the dead letters', { timeout: 60_000 }, async () => {
    const job = defineJob({
      name: 'test.hopeless',
      schema,
      retryLimit: 0,
      run: () => Promise.reject(new Error('never')),
    });
    const jobs = await prepared(job);
    const before = await queued('dead');
    await jobs.work();
    await database.system.transaction().execute((trx) => jobs.enqueue(trx, job, { text: 'a' }));
    await expect.poll(() => queued('dead'), { timeout: 40_000, interval: 200 }).toBe(before + 1);
    expect(await queued(job.name, 'failed')).toBe(1);
    await jobs.stop();
  });

  test('that runs when the server stops may finish', { timeout: 60_000 }, async () => {
    let state = 'waiting';
    const job = defineJob({
      name: 'test.slow',
      schema,
      run: async () => {
        state = 'running';
        await new Promise((resolve) => setTimeout(resolve, 500));
        state = 'done';
      },
    });
    const jobs = await prepared(job);
    await jobs.work();
    await database.system.transaction().execute((trx) => jobs.enqueue(trx, job, { text: 'a' }));
    await expect.poll(() => state, { timeout: 40_000, interval: 20 }).toBe('running');
    await jobs.stop();
    expect(state).toBe('done');
    expect(await queued(job.name, 'completed')).toBe(1);
  });

  test('with a cron expression is scheduled by it', async () => {
    const job = defineJob({ name: 'test.nightly', schema: z.object({}), cron: '15 3 * * *', run: async () => {} });
    const jobs = await prepared(job);
    await jobs.work();
    const { rows } = await sql<{ cron: string; timezone: string }>`
      select cron, timezone from pgboss.schedule where name = ${job.name}`.execute(database.system);
    expect(rows).toEqual([{ cron: '15 3 * * *', timezone: 'UTC' }]);
    await jobs.stop();
  });
});

describe('an event', () => {
  const happened = defineEvent({ name: 'test.happened', schema });

  test('reaches each of its listeners by a job of its own, and no other', async () => {
    const told: string[] = [];
    const other = defineEvent({ name: 'test.other', schema });
    const listeners = [
      on(happened, 'first', async ({ text }) => void told.push(`first ${text}`)),
      on(happened, 'second', async ({ text }) => void told.push(`second ${text}`)),
      on(other, 'third', async ({ text }) => void told.push(`third ${text}`)),
    ];
    expect(listeners.map((listener) => listener.job.name)).toEqual([
      'test.happened.first',
      'test.happened.second',
      'test.other.third',
    ]);
    const jobs = await prepared(...listeners.map((listener) => listener.job));
    const events = createEvents({ jobs });
    events.connect(listeners);
    const lost = database
      .tenant(tenant)
      .transaction()
      .execute(async (trx) => {
        await events.emit(trx, happened, { text: 'lost' });
        throw new Error('changed my mind');
      });
    await expect(lost).rejects.toThrow();
    await database
      .tenant(tenant)
      .transaction()
      .execute((trx) => events.emit(trx, happened, { text: 'kept' }));
    expect(told).toEqual([]);
    await jobs.drain();
    expect(told.toSorted()).toEqual(['first kept', 'second kept']);
    await jobs.stop();
  });

  test('without listeners is said to nobody', async () => {
    const enqueued: string[] = [];
    const events = createEvents({ jobs: { enqueue: async (_trx, job) => void enqueued.push(job.name) } });
    await database.system.transaction().execute((trx) => events.emit(trx, happened, { text: 'x' }));
    expect(enqueued).toEqual([]);
  });
});
