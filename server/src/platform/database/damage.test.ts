import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  closeSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { ConfigError } from '../config.ts';
import { takeBackup, type Backup } from './backup.ts';
import { openDatabase, type Database } from './connect.ts';
import { migrate } from './migrate.ts';

// Each opens real databases on a real disk, several times.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

/** An installation with a backup, made once and damaged in a copy. */
let original: string;
let backup: Backup;
let dataDir: string;

const open = (folder: string): Promise<Database> =>
  openDatabase({ url: null, poolSize: 1, dataDir: folder, describe: 'a test' });
const at = (path: string): string => join(dataDir, 'database', path);
const overwrite = (path: string, bytes: Buffer, position: number): void => {
  const handle = openSync(at(path), 'r+');
  writeSync(handle, bytes, 0, bytes.length, position);
  closeSync(handle);
};
const refusal = async (): Promise<string> => {
  const error = await open(dataDir).then(
    async (database) => {
      await database.close();
      return new Error('it opened');
    },
    (reason: unknown) => reason as Error,
  );
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as ConfigError).lines).toHaveLength(1);
  return error.message;
};

// Where PostgreSQL keeps its catalogue (pg_class and others have the same number in every database of PGlite).
const catalogue = {
  pg_class: 'base/5/1259',
  pg_attribute: 'base/5/1249',
  pg_proc: 'base/5/1255',
  pg_type: 'base/5/1247',
};
const pageBytes = 8192;

beforeAll(async () => {
  original = mkdtempSync(join(tmpdir(), 'parley-damage-'));
  const database = await open(original);
  await migrate(database);
  backup = await takeBackup({
    database,
    dataDir: original,
    reason: 'daily',
    masterKey: true,
    version: '0.0.0',
    now: new Date('2026-11-21T03:10:00Z'),
  });
  await database.close();
});
afterAll(() => rmSync(original, { recursive: true }));
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'parley-damage-'));
  cpSync(original, dataDir, { recursive: true });
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const removeLog = (): void => {
  for (const name of readdirSync(at('pg_wal'))) if (/^[0-9A-F]{24}$/.test(name)) rmSync(at(join('pg_wal', name)));
};

const damages: [string, RegExp, () => void][] = [
  ['an empty control file', /pg_control/, () => truncateSync(at('global/pg_control'), 0)],
  ['a control file cut short', /pg_control/, () => truncateSync(at('global/pg_control'), 100)],
  ['a changed control file', /checksum in control file/, () => overwrite('global/pg_control', Buffer.from('!!!!'), 40)],
  ['no control file', /global\/pg_control is missing/, () => rmSync(at('global/pg_control'))],
  ['no PG_VERSION', /PG_VERSION is missing/, () => rmSync(at('PG_VERSION'))],
  ['no log', /checkpoint record/, removeLog],
  ['no folder of the log', /pg_wal is missing/, () => rmSync(at('pg_wal'), { recursive: true })],
  ['no transaction states', /status of transaction|pg_xact/, () => rmSync(at('pg_xact/0000'))],
  [
    'nothing in it but a stray file',
    /PG_VERSION is missing/,
    () => {
      rmSync(at('.'), { recursive: true });
      mkdirSync(at('.'));
      writeFileSync(at('stray'), '');
    },
  ],
  [
    'a table’s file missing',
    /./,
    () => {
      for (const name of readdirSync(at('base/5')).filter((one) => Number(one) >= 16384))
        rmSync(at(join('base/5', name)));
    },
  ],
  ...Object.entries(catalogue).flatMap(([name, path]): [string, RegExp, () => void][] => [
    [`a page of zeros in ${name}`, /./, () => overwrite(path, Buffer.alloc(pageBytes), pageBytes)],
    [`noise in ${name}`, /./, () => overwrite(path, Buffer.from('noise '.repeat(50)), pageBytes + 4000)],
  ]),
];

describe('a damaged database', () => {
  test.each(damages)('with %s is refused in one line that names the newest good backup', async (_, reason, damage) => {
    damage();
    const before = existsSync(at('PG_VERSION'));
    const line = await refusal();
    expect(line).toMatch(
      /^the database in .+ is damaged \(.+\); go back to the newest good backup: npm run restore -- \S+$/,
    );
    expect(/\((.+)\); go back/.exec(line)![1]).toMatch(reason);
    expect(line).toContain(backup.file.split('/').at(-1));
    // Nothing was made in its place, and the next start says the same.
    expect(existsSync(at('PG_VERSION'))).toBe(before);
    expect(await refusal()).toMatch(/is damaged/);
  });

  test('passes over backups that are not good, and says when there is none', async () => {
    rmSync(at('global/pg_control'));
    const folder = join(dataDir, 'backups');
    writeFileSync(join(folder, 'parley-2026-11-22T03-10-00Z-daily.tar.gz'), 'cut off');
    expect(await refusal()).toContain('parley-2026-11-21T03-10-00Z-daily.tar.gz');
    rmSync(join(folder, 'parley-2026-11-21T03-10-00Z-daily.tar.gz'));
    expect(await refusal()).toContain('there is no good backup in');
  });

  test('of another PostgreSQL is not damaged, but refused by its version', async () => {
    writeFileSync(at('PG_VERSION'), '17\n');
    expect(await refusal()).toMatch(/is of PostgreSQL 17, this Parley has 18; start the Parley it comes from$/);
  });

  test('is not what a crash while it was first made leaves behind', async () => {
    rmSync(join(dataDir, 'database'), { recursive: true });
    mkdirSync(join(dataDir, 'database.part'));
    writeFileSync(join(dataDir, 'database.part', 'PG_VERSION'), '18\n');
    const database = await open(dataDir);
    expect(readFileSync(at('PG_VERSION'), 'utf8')).toBe('18\n');
    expect(existsSync(join(dataDir, 'database.part'))).toBe(false);
    await database.close();
  });

  test('leaves its folder free for a restore', async () => {
    rmSync(at('global/pg_control'));
    await refusal();
    expect(existsSync(join(dataDir, 'parley.lock'))).toBe(false);
  });
});
