import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from './connect.ts';

interface Call {
  what: 'write' | 'sync';
  file: string;
}

const real = { writeSync: fs.writeSync, fdatasyncSync: fs.fdatasyncSync, fsyncSync: fs.fsyncSync };
let calls: Call[] = [];
let folder: string;
let database: Database;

/** Notes what reaches the disk, by the file that the descriptor stands for. */
const note = (what: Call['what'], handle: number): void => {
  calls.push({ what, file: fs.readlinkSync(`/proc/self/fd/${handle}`) });
};

beforeEach(async () => {
  folder = fs.mkdtempSync(join(tmpdir(), 'parley-durable-'));
  database = await openDatabase({ url: null, poolSize: 1, dataDir: folder, describe: 'a test' });
  await database.raw('create table kept (word text)', []);
  calls = [];
  fs.writeSync = ((handle: number, ...rest: [Uint8Array]) => {
    note('write', handle);
    return real.writeSync(handle, ...rest);
  }) as typeof fs.writeSync;
  for (const name of ['fdatasyncSync', 'fsyncSync'] as const)
    fs[name] = (handle) => {
      note('sync', handle);
      real[name](handle);
    };
  syncBuiltinESMExports();
});
afterEach(async () => {
  Object.assign(fs, real);
  syncBuiltinESMExports();
  await database.close();
  fs.rmSync(folder, { recursive: true });
});

const log = /\/pg_wal\/[0-9A-F]{24}$/;

describe.runIf(process.platform === 'linux')('the embedded database', () => {
  test('has fsync on, by the one call that is carried out', async () => {
    const shown = async (name: string): Promise<unknown> =>
      Object.values((await database.raw(`show ${name}`, []))[0]!)[0];
    expect(await shown('fsync')).toBe('on');
    expect(await shown('synchronous_commit')).toBe('on');
    expect(await shown('full_page_writes')).toBe('on');
    expect(await shown('data_checksums')).toBe('on');
    // Emscripten answers fdatasync and O_DSYNC with success and does nothing.
    expect(await shown('wal_sync_method')).toBe('fsync');
  });

  test('has its log on disk before it acknowledges a commit, each of them', async () => {
    for (let count = 1; count <= 5; count += 1) {
      calls = [];
      await sql`insert into kept values ('word')`.execute(database.system);
      const written = calls.findLastIndex(({ what, file }) => what === 'write' && log.test(file));
      expect(written).toBeGreaterThanOrEqual(0);
      expect(calls.slice(written + 1)).toContainEqual({ what: 'sync', file: calls[written]!.file });
    }
  });

  test('has its tables and its control file on disk before a checkpoint lets go of the log', async () => {
    await sql`insert into kept values ('word')`.execute(database.system);
    calls = [];
    await database.raw('checkpoint', []);
    const unsynced = new Set<string>();
    for (const { what, file } of calls)
      if (what === 'write') unsynced.add(file);
      else unsynced.delete(file);
    // PostgreSQL makes pg_subtrans anew at each start and never syncs it.
    const matters = [...unsynced].filter((file) => file.startsWith(folder) && !file.includes('/pg_subtrans/'));
    expect(matters).toEqual([]);
    expect(calls.filter(({ what, file }) => what === 'sync' && file.includes('/base/')).length).toBeGreaterThan(0);
    expect(calls).toContainEqual({ what: 'sync', file: join(fs.realpathSync(folder), 'database/global/pg_control') });
  });

  test('passes a failed sync on: what could not be kept is not acknowledged', async () => {
    fs.fdatasyncSync = () => {
      throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    };
    syncBuiltinESMExports();
    await expect(sql`insert into kept values ('lost')`.execute(database.system)).rejects.toThrow();
  });
});
