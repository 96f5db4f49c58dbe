import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { open, readdir, stat, statfs } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { sql } from 'kysely';
import { writeArchive, type Entry } from './archive.ts';
import {
  backupFolder,
  backupName,
  manifestPath,
  readBackup,
  removeOldBackups,
  type Manifest,
  type Reason,
} from './backup-file.ts';
import type { Database } from './connect.ts';

/** A backup that was made and read again. */
export interface Backup {
  file: string;
  bytes: number;
  sha256: string;
  masterKey: boolean;
  seconds: number;
}

/** Left out as pg_basebackup does: made anew at a start, or replaced by the log that is copied last. */
const isLeftOut = (path: string): boolean =>
  /^(pg_wal|pg_replslot|pg_stat_tmp|pg_subtrans|pg_notify|pg_serial|pg_snapshots|pg_dynshmem)\/./.test(path) ||
  /(^|\/)(pg_internal\.init|postmaster\.pid|pgsql_tmp.*)$/.test(path);

const pieceBytes = 256 * 1024;
/** Most files of a database are so small that asking the thread pool for them costs more than reading them. */
const smallBytes = 64 * 1024;

async function* piecesOf(file: string, size: number): AsyncGenerator<Buffer> {
  if (size <= smallBytes) {
    yield readFileSync(file);
    return;
  }
  const handle = await open(file, 'r');
  try {
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

const inMemory = (bytes: Buffer): Entry['content'] => ({
  bytes: bytes.length,
  async *read() {
    yield bytes;
  },
});

/** The files of the database in any order, each as it is at that moment: the log that follows makes them one state. */
async function* filesOf(folder: string): AsyncGenerator<Entry> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(folder.length + 1).replaceAll('\\', '/');
    if (isLeftOut(path) || path === 'global/pg_control') continue;
    if (entry.isDirectory()) yield { path: `database/${path}`, content: null };
    else {
      // A table may be dropped meanwhile.
      const size = await stat(file).catch(() => null);
      if (size)
        yield { path: `database/${path}`, content: { bytes: size.size, read: () => piecesOf(file, size.size) } };
    }
  }
}

interface Stopped {
  label: string;
  last: string;
}

const start = (database: Database): Promise<object[]> => database.raw(`select pg_backup_start('parley', true)`, []);
const stop = async (database: Database): Promise<Stopped> => {
  const [row] = await database.raw(
    `select labelfile as label, pg_walfile_name(lsn) as last from pg_backup_stop(false)`,
    [],
  );
  return row as Stopped;
};

async function* entriesOf(database: Database, folder: string, mark: { stopped: boolean }): AsyncGenerator<Entry> {
  yield* filesOf(folder);
  // In one piece, so that no write of the database comes between.
  yield { path: 'database/global/pg_control', content: inMemory(readFileSync(join(folder, 'global/pg_control'))) };
  const { label, last } = await stop(database);
  mark.stopped = true;
  yield { path: 'database/backup_label', content: inMemory(Buffer.from(label)) };
  const first = /\(file ([0-9A-F]{24})\)/.exec(label)?.[1] ?? '';
  const log = (await readdir(join(folder, 'pg_wal'))).filter((name) => name >= first && name <= last).sort();
  if (log[0] !== first || log.at(-1) !== last) throw new Error('the log of the database was cut during the backup');
  for (const name of log) {
    const file = join(folder, 'pg_wal', name);
    const { size } = await stat(file);
    yield { path: `database/pg_wal/${name}`, content: { bytes: size, read: () => piecesOf(file, size) } };
  }
}

/** Exactly as many bytes as were counted: a file may grow or shrink meanwhile, and what is missing is in the log. */
async function* exactly({ bytes, read }: NonNullable<Entry['content']>): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of read()) {
    if (left === 0) return;
    const piece = chunk.subarray(0, left);
    left -= piece.length;
    yield piece;
  }
  yield Buffer.alloc(left);
}

/** Passes entries on, remembers their hashes, and ends with the manifest. */
async function* withManifest(
  entries: AsyncIterable<Entry>,
  about: Omit<Manifest, 'files' | 'format'>,
): AsyncGenerator<Entry> {
  const files: Manifest['files'] = {};
  for await (const { path, content } of entries) {
    if (!content) {
      yield { path, content };
      continue;
    }
    const hash = createHash('sha256');
    yield {
      path,
      content: {
        bytes: content.bytes,
        async *read() {
          for await (const chunk of exactly(content)) {
            hash.update(chunk);
            yield chunk;
          }
        },
      },
    };
    files[path] = { bytes: content.bytes, sha256: hash.digest('hex') };
  }
  const manifest: Manifest = { format: 1, ...about, files };
  yield { path: manifestPath, content: inMemory(Buffer.from(JSON.stringify(manifest, null, 2))) };
}

async function* withKey(entries: AsyncIterable<Entry>, keyFile: string): AsyncGenerator<Entry> {
  yield* entries;
  if (existsSync(keyFile)) yield { path: 'master.key', content: inMemory(readFileSync(keyFile)) };
}

/** Left for the database itself. */
const spareBytes = 96 * 2 ** 20;

const refuseWithoutSpace = async (database: Database, folder: string): Promise<void> => {
  const { rows } = await sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`.execute(
    database.system,
  );
  const { bavail, bsize } = await statfs(folder);
  const missing = rows[0]!.bytes + spareBytes - bavail * bsize;
  if (missing > 0)
    throw new Error(`the disk of ${folder} lacks ${Math.ceil(missing / 2 ** 20)} MB for a backup, so none was made`);
};

/**
 * Backs up the running embedded database in `dataDir` to its `backups` folder and reads the result again. PostgreSQL's own
 * online backup: the files are copied while the database works, and the log from the start to the end of the copy makes them
 * whole. No checkpoint may run meanwhile, because it removes old log.
 */
export const takeBackup = async (options: {
  database: Database;
  dataDir: string;
  reason: Reason;
  masterKey: boolean;
  version: string;
  now: Date;
}): Promise<Backup> => {
  const { database, dataDir, reason } = options;
  const began = performance.now();
  const folder = backupFolder(dataDir);
  await refuseWithoutSpace(database, folder);
  const { rows } = await sql<{ name: string }>`select name from migration order by name`.execute(database.system);
  const file = join(folder, backupName(options.now, reason));
  const keyFile = join(dataDir, 'master.key');
  const masterKey = options.masterKey && existsSync(keyFile);
  const mark = { stopped: false };
  await start(database);
  try {
    const files = entriesOf(database, join(dataDir, 'database'), mark);
    const written = await writeArchive(
      file,
      withManifest(masterKey ? withKey(files, keyFile) : files, {
        madeAt: options.now.toISOString(),
        version: options.version,
        reason,
        migrations: rows.map(({ name }) => name),
        masterKey,
      }),
    );
    await readBackup(file);
    await removeOldBackups(dataDir);
    return { file, ...written, masterKey, seconds: (performance.now() - began) / 1000 };
  } finally {
    if (!mark.stopped) await stop(database).catch(() => {});
  }
};

/** One line for people: where it is, how large, and its checksum. */
export const describeBackup = (backup: Backup): string =>
  `${backup.file} (${(backup.bytes / 2 ** 20).toFixed(1)} MB, sha256 ${backup.sha256}, ${backup.seconds.toFixed(1)} s)`;

/** The name of a backup's file, for the log. */
export const nameOf = (backup: Backup): string => basename(backup.file);
