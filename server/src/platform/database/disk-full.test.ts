import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { ConfigError } from '../config.ts';
import { createLog } from '../log.ts';
import { openDatabase, type Database } from './connect.ts';
import { databaseAway, isDatabaseAway } from './faults.ts';
import { migrate } from './migrate.ts';
import { createHousekeeping, type Housekeeping } from './housekeeping.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'parley-full-'));
const mount = (): string | null => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=260m', 'tmpfs', dataDir], { stdio: 'pipe' });
    return null;
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr ?? error).trim();
  }
};
const refused = mount();
if (refused !== null) process.stderr.write(`skipped: the full disk (a small one cannot be mounted: ${refused})\n`);
afterAll(() => {
  if (refused === null) execFileSync('umount', ['--lazy', dataDir]);
  rmSync(dataDir, { recursive: true });
});

const ballast = join(dataDir, 'ballast');
const free = (): number => {
  const { bavail, bsize } = statfsSync(dataDir);
  return bavail * bsize;
};
/** Fills the disk to the last block, as another program would. */
const fill = (): void => {
  while (free() > 0) writeFileSync(ballast, Buffer.alloc(Math.min(free(), 2 ** 20)), { flag: 'a' });
};

describe.skipIf(refused !== null)('when the disk is full', () => {
  let database: Database;
  let housekeeping: Housekeeping;
  let registry: Registry;

  const start = async (): Promise<void> => {
    database = await openDatabase({ url: null, poolSize: 1, dataDir, describe: 'a test' });
    registry = new Registry();
    housekeeping = createHousekeeping({
      database,
      registry,
      version: '0.0.0',
      clock: systemClock,
      log: createLog('silent'),
    });
    await housekeeping.start();
  };
  beforeAll(async () => {
    await start();
    await migrate(database);
    await database.raw('create table word (text text storage external)', []);
  });
  afterAll(async () => {
    await housekeeping.stop();
    await database.close();
  });

  const write = (bytes = 10): Promise<unknown> =>
    database.raw(
      `insert into word select repeat(md5($1::text || n::text), 100) from generate_series(1, $2::int / 3200 + 1) n`,
      [Math.random(), bytes],
    );
  const words = async (): Promise<number> =>
    ((await database.raw('select count(*) as count from word', []))[0] as { count: number }).count;
  const writeUntilRefused = async (): Promise<{ error: unknown; acknowledged: number }> => {
    for (let acknowledged = 0; ; acknowledged += 1) {
      const error = await write().then(
        () => null,
        (reason: unknown) => reason,
      );
      if (error !== null) return { error, acknowledged };
      // Lets the watch have its turn.
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  const room = async (): Promise<void> => {
    rmSync(ballast, { force: true });
    await expect
      .poll(
        () =>
          write().then(
            () => 'written',
            () => 'refused',
          ),
        { timeout: 10_000 },
      )
      .toBe('written');
  };

  test('writing is refused with a clear word, reading goes on, what was acknowledged stays, and it recovers alone', async () => {
    const before = await words();
    fill();
    const { error, acknowledged } = await writeUntilRefused();
    expect(isDatabaseAway(error)).toBe(true);
    const problem = databaseAway(error);
    expect(problem).toMatchObject({ code: 'unavailable' });
    expect(problem.message).toMatch(/disk is full.+Nothing was changed/);
    expect(await words()).toBe(before + acknowledged);
    await expect
      .poll(() => housekeeping.warnings(), { timeout: 5_000 })
      .toEqual([expect.stringMatching(/disk is full/)]);
    expect(await registry.metrics()).toContain('parley_disk_full 1');
    await expect(housekeeping.backup('manual')).rejects.toThrow(/lacks \d+ MB for a backup/);
    expect(await words()).toBe(before + acknowledged);
    await room();
    await expect.poll(() => housekeeping.warnings(), { timeout: 5_000 }).toEqual([]);
    expect(existsSync(join(dataDir, 'reserve'))).toBe(true);
    expect(await words()).toBe(before + acknowledged + 1);
  });

  test('in the middle of a large write, that one fails as a whole', async () => {
    const before = await words();
    while (free() > 48 * 2 ** 20) writeFileSync(ballast, Buffer.alloc(2 ** 20), { flag: 'a' });
    await expect(write(400 * 2 ** 20)).rejects.toThrow();
    expect(await words()).toBe(before);
    await room();
    expect(await words()).toBe(before + 1);
  });

  test('over a crash and a start, it says so, and nothing acknowledged is lost', async () => {
    fill();
    await writeUntilRefused();
    const before = await words();
    await housekeeping.stop();
    await database.close();
    const again = await start().then(
      () => null,
      (error: unknown) => error,
    );
    if (again !== null) {
      expect(again).toBeInstanceOf(ConfigError);
      expect((again as Error).message).toMatch(/disk of .+ is full.+make room there/);
      rmSync(ballast);
      await start();
    }
    expect(await words()).toBe(before);
    await room();
  });
});
