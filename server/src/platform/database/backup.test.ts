import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { ConfigError } from '../config.ts';
import { backupName, listBackups, newestGoodBackup, readBackup, removeOldBackups } from './backup-file.ts';
import { takeBackup, type Backup } from './backup.ts';
import { openDatabase, type Database } from './connect.ts';
import { databaseFolder, restoredFolder } from './embedded-folder.ts';
import { migrate } from './migrate.ts';
import { restoreBackup } from './restore.ts';

// Each opens real databases on a real disk, several times.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

/** An installation with three people, made once and copied for each test. */
let original: string;
let dataDir: string;
let now: Date;

const open = (): Promise<Database> => openDatabase({ url: null, poolSize: 1, dataDir, describe: 'a test' });
const addPerson = (database: Database, name: string): Promise<unknown> =>
  sql`insert into "user" (id, name, email, email_verified, created_at, updated_at)
      values (gen_random_uuid(), ${name}, ${`${name}@example.org`}, true, now(), now())`.execute(database.system);
const people = async (database: Database): Promise<string[]> =>
  (await database.system.selectFrom('user').select('name').orderBy('name').execute()).map(({ name }) => name);
const backUp = (database: Database, reason: 'daily' | 'manual' | 'before-migration' = 'manual'): Promise<Backup> =>
  takeBackup({ database, dataDir, reason, masterKey: true, version: '0.0.0', now });
const after = async <T>(work: (database: Database) => Promise<T>): Promise<T> => {
  const database = await open();
  try {
    return await work(database);
  } finally {
    await database.close();
  }
};

beforeAll(async () => {
  original = dataDir = mkdtempSync(join(tmpdir(), 'parley-backup-'));
  writeFileSync(join(dataDir, 'master.key'), 'the key\n', { mode: 0o600 });
  await after(async (database) => {
    await migrate(database);
    for (const name of ['ada', 'bob', 'cleo']) await addPerson(database, name);
  });
}, 60_000);
afterAll(() => rmSync(original, { recursive: true }));

beforeEach(() => {
  now = new Date('2026-11-21T03:10:00.000Z');
  dataDir = mkdtempSync(join(tmpdir(), 'parley-backup-'));
  cpSync(original, dataDir, { recursive: true });
});
afterEach(() => rmSync(dataDir, { recursive: true }));

describe('a backup', () => {
  test('made while the database is written to has everything acknowledged before, and opens whole', async () => {
    const backup = await after(async (database) => {
      let writing = true;
      let written = 0;
      const writer = (async () => {
        for (; writing; written += 1) {
          await addPerson(database, `during-${written}`);
          // The embedded database answers without waiting for anything, so nothing else would get its turn.
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
      })();
      const made = await backUp(database);
      expect(written).toBeGreaterThan(10);
      writing = false;
      await writer;
      await addPerson(database, 'too late');
      return made;
    });
    const { counts, masterKey } = await restoreBackup(backup.file, dataDir, now);
    expect(masterKey).toBe('the same');
    const found = await after(people);
    expect(counts.user).toBe(found.length);
    expect(found).toEqual(expect.arrayContaining(['ada', 'bob', 'cleo', 'during-0']));
    expect(found).not.toContain('too late');
  });

  test('is one file of its owner alone, a tar.gz with a manifest, and says its size and checksum', async () => {
    const backup = await after((database) => backUp(database));
    expect(backup.file).toBe(join(dataDir, 'backups', 'parley-2026-11-21T03-10-00Z-manual.tar.gz'));
    const { mode, size } = statSync(backup.file);
    expect(mode & 0o777).toBe(0o600);
    expect(backup.bytes).toBe(size);
    expect(backup.sha256).toMatch(/^[0-9a-f]{64}$/);
    const manifest = await readBackup(backup.file);
    expect(manifest).toMatchObject({ reason: 'manual', masterKey: true, madeAt: '2026-11-21T03:10:00.000Z' });
    expect(manifest.migrations.length).toBeGreaterThan(0);
    expect(readdirSync(join(dataDir, 'backups'))).toHaveLength(1);
  });

  test('can be without the master key', async () => {
    const backup = await after((database) =>
      takeBackup({ database, dataDir, reason: 'manual', masterKey: false, version: '0.0.0', now }),
    );
    expect(backup.masterKey).toBe(false);
    expect(Object.keys((await readBackup(backup.file)).files)).not.toContain('master.key');
    expect((await restoreBackup(backup.file, dataDir, now)).masterKey).toBe('not in the backup');
    expect(readFileSync(join(dataDir, 'master.key'), 'utf8')).toBe('the key\n');
  });

  test('that cannot be written leaves nothing behind, and the next one works', async () => {
    await after(async (database) => {
      const file = join(dataDir, 'backups', backupName(now, 'manual'));
      await backUp(database);
      rmSync(file);
      cpSync(original, file, { recursive: true });
      await expect(backUp(database)).rejects.toThrow();
      expect(readdirSync(join(dataDir, 'backups'))).toEqual([backupName(now, 'manual')]);
      now = new Date('2026-11-21T03:11:00.000Z');
      await backUp(database);
    });
  });

  test('pushes the oldest of its kind out: seven daily ones, three before migrations, all that were asked for', async () => {
    for (let day = 10; day < 20; day += 1)
      for (const reason of ['daily', 'before-migration', 'manual'] as const) {
        await listBackups(dataDir);
        writeFileSync(join(dataDir, 'backups', backupName(new Date(`2026-11-${day}T03:10:00Z`), reason)), '');
      }
    writeFileSync(join(dataDir, 'backups', 'of somebody else.tar.gz'), '');
    await removeOldBackups(dataDir);
    const left = await listBackups(dataDir);
    const days = (reason: string): number[] =>
      left.filter((one) => one.reason === reason).map(({ madeAt }) => madeAt.getUTCDate());
    expect(days('daily')).toEqual([19, 18, 17, 16, 15, 14, 13]);
    expect(days('before-migration')).toEqual([19, 18, 17]);
    expect(days('manual')).toHaveLength(10);
    expect(readdirSync(join(dataDir, 'backups'))).toContain('of somebody else.tar.gz');
  });

  test('is made before a migration, only when there is something to migrate and something to lose', async () => {
    await after(async (database) => {
      const made: string[] = [];
      const note = async (): Promise<void> => void made.push('backup');
      await migrate(database, note);
      expect(made).toEqual([]);
      await sql`create table was_there_before_the_last_migration ()`.execute(database.system);
      const last = (await sql<{ name: string }>`select max(name) as name from migration`.execute(database.system))
        .rows[0]!;
      await sql`delete from migration where name = ${last.name}`.execute(database.system);
      await expect(migrate(database, () => Promise.reject(new Error('no room')))).rejects.toThrow('no room');
      await migrate(database, note).catch(() => {});
      expect(made).toEqual(['backup']);
    });
    dataDir = mkdtempSync(join(tmpdir(), 'parley-backup-'));
    const fresh: string[] = [];
    await after((database) => migrate(database, async () => void fresh.push('backup')));
    expect(fresh).toEqual([]);
  });
});

describe('a restore', () => {
  const made = (): Promise<Backup> => after((database) => backUp(database));

  test('moves what was there aside and never deletes it', async () => {
    const backup = await made();
    await after((database) => addPerson(database, 'dora'));
    writeFileSync(join(dataDir, 'master.key'), 'another key\n');
    const { aside, counts, masterKey } = await restoreBackup(backup.file, dataDir, now);
    expect(masterKey).toBe('restored');
    expect(readFileSync(join(dataDir, 'master.key'), 'utf8')).toBe('the key\n');
    expect(counts).toMatchObject({ user: 3 });
    expect(await after(people)).toEqual(['ada', 'bob', 'cleo']);
    expect(readFileSync(join(aside!, 'master.key'), 'utf8')).toBe('another key\n');
    rmSync(databaseFolder(dataDir), { recursive: true });
    cpSync(join(aside!, 'database'), databaseFolder(dataDir), { recursive: true });
    expect(await after(people)).toEqual(['ada', 'bob', 'cleo', 'dora']);
  });

  test('works in an empty folder on another machine', async () => {
    const backup = await made();
    const moved = join(tmpdir(), `parley-moved-${process.pid}.tar.gz`);
    cpSync(backup.file, moved);
    rmSync(dataDir, { recursive: true });
    dataDir = mkdtempSync(join(tmpdir(), 'parley-backup-'));
    const { aside, masterKey } = await restoreBackup(moved, dataDir, now);
    rmSync(moved);
    expect({ aside, masterKey }).toEqual({ aside: null, masterKey: 'restored' });
    expect(await after(people)).toEqual(['ada', 'bob', 'cleo']);
  });

  test.each([
    ['cut short', (file: string) => truncateSync(file, statSync(file).size - 1000)],
    [
      'changed in one bit',
      (file: string) => {
        const bytes = readFileSync(file);
        const middle = bytes.length >> 1;
        bytes[middle] = bytes[middle]! ^ 1;
        writeFileSync(file, bytes);
      },
    ],
    ['something else', (file: string) => writeFileSync(file, 'not a backup')],
    ['empty', (file: string) => writeFileSync(file, '')],
    ['missing', (file: string) => rmSync(file)],
  ])('of a file that is %s is refused and changes nothing', async (_, damage) => {
    const { file } = await made();
    damage(file);
    const before = readdirSync(dataDir).sort();
    await expect(restoreBackup(file, dataDir, now)).rejects.toThrow(ConfigError);
    await expect(restoreBackup(file, dataDir, now)).rejects.toThrow(
      /cannot be restored: .+; the present database is as it was/,
    );
    expect(readdirSync(dataDir).sort()).toEqual(before);
    expect(await after(people)).toEqual(['ada', 'bob', 'cleo']);
    expect(await newestGoodBackup(dataDir)).toBeNull();
  });

  test('of a newer Parley is refused by the name of its migration', async () => {
    const { file } = await after(async (database) => {
      await sql`insert into migration (name, sha256) values ('2999-01-01-future.sql', 'x')`.execute(database.system);
      return backUp(database);
    });
    await expect(restoreBackup(file, dataDir, now)).rejects.toThrow(/newer Parley \(2999-01-01-future\.sql\)/);
  });

  test('that was interrupted after moving the old database aside is finished by the next start', async () => {
    const { file } = await made();
    await restoreBackup(file, dataDir, now);
    cpSync(databaseFolder(dataDir), join(restoredFolder(dataDir), 'database'), { recursive: true });
    rmSync(databaseFolder(dataDir), { recursive: true });
    expect(await after(people)).toEqual(['ada', 'bob', 'cleo']);
    expect(existsSync(restoredFolder(dataDir))).toBe(false);
  });

  test('that was interrupted before that leaves the old database in use', async () => {
    await after((database) => addPerson(database, 'dora'));
    cpSync(join(original, 'database'), join(restoredFolder(dataDir), 'database'), { recursive: true });
    expect(await after(people)).toEqual(['ada', 'bob', 'cleo', 'dora']);
    expect(existsSync(restoredFolder(dataDir))).toBe(false);
  });
});
