import { copyFileSync, createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { mkdir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ConfigError } from '../config.ts';
import type { FoundEntry } from './archive.ts';
import { readBackup, type Manifest } from './backup-file.ts';
import { syncFolder, syncTree } from './durable-files.ts';
import { databaseFolder, draftFolder, finishRestore, restoredFolder } from './embedded-folder.ts';
import { openFolder } from './embedded.ts';
import { migrationNames } from './migrate.ts';

/** What is in the database now, and where the one before it went. */
export interface Restored {
  manifest: Manifest;
  counts: Record<string, number>;
  aside: string | null;
  masterKey: 'restored' | 'the same' | 'not in the backup';
}

const counted = ['user', 'workspace', 'bot', 'conversation', 'message'] as const;

/** A path of a backup, below the folder it is unpacked to; throws when it would lead out of it. */
const placeOf = (draft: string, path: string): string => {
  const [first, ...rest] = path.split('/');
  if (path === 'master.key') return join(draft, 'master.key');
  if (first !== 'database' || rest.length === 0 || rest.some((part) => ['', '.', '..'].includes(part)))
    throw new Error(`it has a file that does not belong there: ${path}`);
  return join(draft, path);
};

const unpack = async (entry: FoundEntry, draft: string): Promise<void> => {
  const place = placeOf(draft, entry.path);
  await mkdir(entry.isFolder ? place : dirname(place), { recursive: true, mode: 0o700 });
  if (!entry.isFolder) await pipeline(entry.read(), createWriteStream(place, { mode: 0o600 }));
};

const refuseForeign = (file: string, manifest: Manifest): void => {
  const ours = migrationNames();
  const newer = manifest.migrations.find((name) => !ours.includes(name));
  if (newer !== undefined)
    throw new ConfigError([
      `${file} was made by a newer Parley (${newer}); restore it with that version or a later one`,
    ]);
};

const refuseWithoutSpace = async (dataDir: string, manifest: Manifest): Promise<void> => {
  const needed = Object.values(manifest.files).reduce((sum, { bytes }) => sum + bytes, 64 * 2 ** 20);
  const { bavail, bsize } = await statfs(dataDir);
  if (bavail * bsize < needed)
    throw new ConfigError([
      `the disk of ${dataDir} has no room for the restored database beside the present one; ${Math.ceil(needed / 2 ** 20)} MB are needed`,
    ]);
};

/** Opens the unpacked database, which replays its log, and counts what is in it. */
const check = async (folder: string): Promise<Record<string, number>> => {
  const lite = await openFolder(folder);
  try {
    const columns = counted.map((table) => `(select count(*)::int from "${table}") as "${table}"`).join(', ');
    return (await lite.query<Record<string, number>>(`select ${columns}`)).rows[0]!;
  } finally {
    await lite.close();
  }
};

/** Moves the present database to a folder of its own, with a copy of its key; nothing is ever deleted. */
const moveAside = async (dataDir: string, now: Date): Promise<string | null> => {
  if (!existsSync(databaseFolder(dataDir))) return null;
  const aside = join(dataDir, `before-restore-${now.toISOString().replaceAll(':', '-')}`);
  mkdirSync(aside, { mode: 0o700 });
  const key = join(dataDir, 'master.key');
  if (existsSync(key)) copyFileSync(key, join(aside, 'master.key'));
  await syncTree(aside);
  renameSync(databaseFolder(dataDir), join(aside, 'database'));
  syncFolder(dataDir);
  return aside;
};

const readKey = (folder: string): string | null => {
  const file = join(folder, 'master.key');
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
};

/**
 * Puts a backup in the place of the database in `dataDir`, whose lock the caller holds. Until everything was unpacked,
 * compared with the manifest, opened and read, the present database stays where it is; then it is moved aside.
 */
export const restoreBackup = async (file: string, dataDir: string, now: Date): Promise<Restored> => {
  const orRefuse = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      if (error instanceof ConfigError) throw error;
      throw new ConfigError([
        `${file} cannot be restored: ${(error as Error).message}; the present database is as it was`,
      ]);
    });
  const draft = draftFolder(dataDir);
  finishRestore(dataDir);
  rmSync(draft, { recursive: true, force: true });
  try {
    const manifest = await orRefuse(readBackup(file));
    refuseForeign(file, manifest);
    await refuseWithoutSpace(dataDir, manifest);
    await orRefuse(readBackup(file, (entry) => unpack(entry, draft)));
    const counts = await orRefuse(check(join(draft, 'database')));
    const [given, present] = [readKey(draft), readKey(dataDir)];
    await syncTree(draft);
    renameSync(draft, restoredFolder(dataDir));
    syncFolder(dataDir);
    const aside = await moveAside(dataDir, now);
    finishRestore(dataDir);
    const masterKey = given === null ? 'not in the backup' : given === present ? 'the same' : 'restored';
    return { manifest, counts, aside, masterKey };
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
};
