import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { copyTemplate } from '../../testing/database.ts';
import type { Logger } from '../log.ts';
import { createAdvice } from './advice.ts';
import { openDatabase, type Database } from './connect.ts';
import { askForBackup } from './control-socket.ts';
import { createHousekeeping, type Housekeeping } from './housekeeping.ts';
import { migrate } from './migrate.ts';

// Each opens real databases on a real disk, several times.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const hourMs = 3_600_000;
const dataDir = mkdtempSync(join(tmpdir(), 'parley-housekeeping-'));
let now = Date.parse('2026-11-21T10:00:00Z');
const lines: string[] = [];
const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }) as Logger;
const registry = new Registry();
let database: Database;
let housekeeping: Housekeeping;

const create = (of: Database, counted = new Registry()): Housekeeping =>
  createHousekeeping({ database: of, registry: counted, version: '0.0.0', clock: { now: () => new Date(now) }, log });
const run = async (name: string): Promise<void> => {
  const job = housekeeping.jobs.find((one) => one.name === name)!;
  await job.run({}, { log });
};
const backups = (): string[] => readdirSync(join(dataDir, 'backups')).sort();

beforeAll(async () => {
  database = await openDatabase({ url: null, poolSize: 1, dataDir, describe: 'a test' });
  await migrate(database);
  housekeeping = create(database, registry);
  await housekeeping.start();
});
afterAll(async () => {
  await housekeeping.stop();
  await database.close();
  rmSync(dataDir, { recursive: true });
});

describe('the housekeeping of the embedded database', () => {
  test('backs up once a day, at whatever hour the machine is on', async () => {
    await run('database.backup');
    expect(backups()).toEqual(['parley-2026-11-21T10-00-00Z-daily.tar.gz']);
    for (let hour = 1; hour < 23; hour += 1) {
      now += hourMs;
      await run('database.backup');
    }
    expect(backups()).toHaveLength(1);
    now += 2 * hourMs;
    await run('database.backup');
    expect(backups()).toEqual(['parley-2026-11-21T10-00-00Z-daily.tar.gz', 'parley-2026-11-22T10-00-00Z-daily.tar.gz']);
    expect(await registry.metrics()).toContain('parley_backups_total{outcome="made"} 2');
    expect(lines.filter((line) => line.includes('backup made'))).toHaveLength(2);
  });

  test('makes a backup for whoever asks at its socket, one after the other', async () => {
    expect(statSync(join(dataDir, 'parley.sock')).mode & 0o777).toBe(0o600);
    now += hourMs;
    const first = askForBackup(dataDir, true);
    const made = await first;
    expect(made).toMatchObject({ file: expect.stringContaining('-manual.tar.gz'), bytes: statSync(made.file).size });
    now += hourMs;
    const both = [askForBackup(dataDir, true), housekeeping.backup('daily')];
    expect((await Promise.all(both)).map((backup) => backup?.file)).toEqual([
      expect.stringContaining('-manual.tar.gz'),
      expect.stringContaining('-daily.tar.gz'),
    ]);
  });

  test('tells whoever asks when it could not, and counts it', async () => {
    await database.raw('alter table migration rename to hidden', []);
    await expect(askForBackup(dataDir, true)).rejects.toThrow(/migration/);
    await database.raw('alter table hidden rename to migration', []);
    expect(await registry.metrics()).toContain('parley_backups_total{outcome="failed"} 1');
    now += hourMs;
    await askForBackup(dataDir, true);
  });

  test('vacuums what has many dead rows', async () => {
    await database.raw('create table purged as select n from generate_series(1, 20000) n', []);
    await database.raw('delete from purged', []);
    const pages = async (): Promise<number> =>
      ((await database.raw(`select pg_relation_size('purged') as bytes`, []))[0] as { bytes: number }).bytes;
    expect(await pages()).toBeGreaterThan(0);
    await run('database.vacuum');
    expect(await pages()).toBe(0);
  });

  test('checkpoints when the log has grown, so that it stays small', { timeout: 60_000 }, async () => {
    const log = (): number =>
      readdirSync(join(dataDir, 'database/pg_wal')).filter((name) => /^[0-9A-F]{24}$/.test(name)).length;
    const checkpointed = async (): Promise<string> =>
      ((await database.raw('select redo_lsn::text as redo from pg_control_checkpoint()', []))[0] as { redo: string })
        .redo;
    const before = await checkpointed();
    await database.raw(
      `create table grown as select repeat(md5(n::text), 40) as text from generate_series(1, 30000) n`,
      [],
    );
    await expect.poll(checkpointed, { timeout: 30_000, interval: 500 }).not.toBe(before);
    expect(log()).toBeLessThan(16);
  });

  test.skipIf(inject('template').url === null)('is nothing on PostgreSQL', async () => {
    const copy = await copyTemplate(inject('template'));
    expect(create(copy.database).jobs).toEqual([]);
    expect(await create(copy.database).backup('manual')).toBeNull();
    await copy.database.close();
  });
});

describe('the advice to move', () => {
  test('comes with the size of the database', () => {
    const advice = createAdvice();
    advice.observe(2 * 2 ** 30);
    expect(advice.warnings()).toEqual([]);
    advice.observe(2 * 2 ** 30 + 1);
    expect(advice.warnings()).toEqual([expect.stringMatching(/2\.0 GB, the embedded one is made for 2/)]);
    advice.stop();
  });

  test('comes with a server that is slow for five minutes, and goes with it', async () => {
    const advice = createAdvice();
    for (let minute = 1; minute <= 5; minute += 1) {
      expect(advice.warnings()).toEqual([]);
      for (let time = 0; time < 3; time += 1) {
        const until = performance.now() + 120;
        while (performance.now() < until);
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
      advice.observe(0);
    }
    expect(advice.warnings()).toEqual([expect.stringMatching(/waited over 50 ms .+ last 5 minutes/)]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    advice.observe(0);
    expect(advice.warnings()).toEqual([]);
    advice.stop();
  });
});
