import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { readArchive, type FoundEntry } from './archive.ts';

/** Why a backup was made; it is part of the file's name. */
export const reasons = ['daily', 'before-migration', 'manual'] as const;
export type Reason = (typeof reasons)[number];

/** How many are kept, newest first. Those that somebody asked for are theirs to delete. */
const kept: Record<Reason, number> = { daily: 7, 'before-migration': 3, manual: Infinity };

/** The last entry of a backup: what it is, and the hash of everything in it. */
export const manifestSchema = z.strictObject({
  format: z.literal(1),
  madeAt: z.iso.datetime(),
  version: z.string(),
  reason: z.enum(reasons),
  migrations: z.array(z.string()),
  masterKey: z.boolean(),
  files: z.record(z.string(), z.strictObject({ bytes: z.int(), sha256: z.string() })),
});
export type Manifest = z.infer<typeof manifestSchema>;

export const manifestPath = 'manifest.json';
const needed = ['database/PG_VERSION', 'database/global/pg_control', 'database/backup_label'];

/** The folder where backups are kept; made when it is missing. */
export const backupFolder = (dataDir: string): string => {
  const folder = join(dataDir, 'backups');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
};

/** `parley-2026-11-21T03-10-00Z-daily.tar.gz`: sorts by time. */
export const backupName = (madeAt: Date, reason: Reason): string =>
  `parley-${madeAt
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-')}-${reason}.tar.gz`;

interface Found {
  file: string;
  reason: Reason;
  madeAt: Date;
}

/** The backups in `<dataDir>/backups`, newest first. */
export const listBackups = async (dataDir: string): Promise<Found[]> => {
  const folder = backupFolder(dataDir);
  const names = (await readdir(folder)).sort().reverse();
  return names.flatMap((name) => {
    const match = /^parley-(\d{4}-\d\d-\d\dT)(\d\d)-(\d\d)-(\d\d)Z-([a-z-]+)\.tar\.gz$/.exec(name);
    const reason = reasons.find((one) => one === match?.[5]);
    if (!match || !reason) return [];
    return [
      { file: join(folder, name), reason, madeAt: new Date(`${match[1]!}${match[2]!}:${match[3]!}:${match[4]!}Z`) },
    ];
  });
};

/** Removes what is older than the newest of its kind. */
export const removeOldBackups = async (dataDir: string): Promise<void> => {
  const all = await listBackups(dataDir);
  for (const reason of reasons)
    for (const { file } of all.filter((one) => one.reason === reason).slice(kept[reason])) await rm(file);
};

/**
 * Reads a backup to its end and compares every byte with its manifest; throws saying what is wrong. `keep` sees each entry
 * as it passes, before it is known whether the backup is good.
 */
export const readBackup = async (
  file: string,
  keep: (entry: FoundEntry) => Promise<void> = async () => {},
): Promise<Manifest> => {
  const seen = new Map<string, { bytes: number; sha256: string }>();
  let manifest: Manifest | null = null;
  if (!(await stat(file)).isFile()) throw new Error('it is not a file');
  await readArchive(file, async (entry) => {
    if (entry.path === manifestPath) {
      manifest = manifestSchema.parse(await json(entry.read()));
      return;
    }
    if (entry.isFolder) return keep(entry);
    const hash = createHash('sha256');
    let bytes = 0;
    async function* read(): AsyncGenerator<Buffer> {
      for await (const chunk of entry.read()) {
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
    }
    const content = read();
    await keep({ ...entry, read: () => content });
    for await (const _ of content);
    seen.set(entry.path, { bytes, sha256: hash.digest('hex') });
  });
  const found = manifest as Manifest | null;
  if (!found) throw new Error('it has no manifest, so it is not a whole backup of Parley');
  const listed = Object.entries(found.files);
  for (const path of needed) if (!seen.has(path)) throw new Error(`${path} is missing in it`);
  for (const [path, { bytes, sha256 }] of listed)
    if (seen.get(path)?.sha256 !== sha256 || seen.get(path)?.bytes !== bytes)
      throw new Error(`${path} in it differs from what was backed up`);
  if (listed.length !== seen.size) throw new Error('it has files that its manifest does not know');
  return found;
};

/** The newest backup that is whole, or null. Reads as many as it must. */
export const newestGoodBackup = async (dataDir: string): Promise<string | null> => {
  for (const { file } of await listBackups(dataDir)) {
    const good = await readBackup(file).then(
      () => true,
      () => false,
    );
    if (good) return file;
  }
  return null;
};
