import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openDatabase, type Database } from './connect.ts';

// Each opens real databases on a real disk, several times.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

interface Call {
  what: 'write' | 'sync';
  file: string;
}

const real = { writeSync: fs.writeSync, fdatasyncSync: fs.fdatasyncSync, fsyncSync: fs.fsyncSync };
let calls: Call[] = [];
let original: string;
let folder: string;
let database: Database;

/** Notes what reaches the disk, by the file that the descriptor stands for. */
const note = (what: Call['what'], handle: number): void => {
  calls.push({ what, file: fs.readlinkSync(`/proc/self/fd/${handle}`) });
};

const open = (dataDir: string): Promise<Database> =>
  openDatabase({ url: null, poolSize: 1, dataDir, describe: 'a test' });

beforeAll(async () => {
  original = fs.mkdtempSync(join(tmpdir(), 'parley-durable-'));
  const made = await open(original);
  await made.raw('create table kept (word text)', []);
  await made.close();
});
afterAll(() => fs.rmSync(original, { recursive: true }));

beforeEach(async () => {
  folder = fs.mkdtempSync(join(tmpdir(), 'parley-durable-'));
  fs.cpSync(original, folder, { recursive: true });
  database = await open(folder);
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

  test('ends the process when a sync fails: what could not be kept is not acknowledged, what was is there again', async () => {
    await sql`insert into kept values ('kept')`.execute(database.system);
    await database.close();
    const module = fileURLToPath(new URL('./connect.ts', import.meta.url));
    const script = `
      import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      const { openDatabase } = await import(${JSON.stringify(module)});
      const database = await openDatabase(${JSON.stringify({ url: null, poolSize: 1, dataDir: folder, describe: '' })});
      fs.fdatasyncSync = () => { throw Object.assign(new Error('EIO'), { code: 'EIO' }); };
      syncBuiltinESMExports();
      await database.raw("insert into kept values ('lost')", []).then(() => console.log('acknowledged'), () => {});
      await database.raw('select 1', []);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000 });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect({ code, output }).toEqual({
      code: 1,
      output: expect.stringMatching(
        /^parley: the embedded database stopped \(could not fsync file .+\); start again: .+\n$/,
      ),
    });
    database = await open(folder);
    expect(await database.raw(`select word from kept where word = 'kept'`, [])).toHaveLength(1);
  });
});
