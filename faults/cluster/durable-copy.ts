/**
 * Preloaded into a server on the embedded database (`node --import`): keeps a second copy of the database's folder that
 * gets only what was made durable by fsync. After a kill, that copy is what a power cut would have left. The order of
 * names (creating, renaming, deleting) is taken to be kept by the file system's journal.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const from = process.env.FAULTS_DATABASE_FOLDER ?? '';
const to = process.env.FAULTS_DURABLE_FOLDER ?? '';

interface Range {
  at: number;
  length: number;
}

const mirror = (): void => {
  const real = { ...fs };
  const paths = new Map<number, string>();
  const syncing = new Set<number>();
  const dirty = new Map<string, Range[]>();
  const copyOf = (path: unknown): string | null =>
    typeof path === 'string' && path.startsWith(from) ? to + path.slice(from.length) : null;

  const makeDurable = (path: string): void => {
    const ranges = dirty.get(path) ?? [];
    dirty.delete(path);
    const copy = copyOf(path)!;
    if (ranges.length === 0 || !real.existsSync(path)) return;
    const source = real.openSync(path, 'r');
    const target = real.openSync(copy, real.existsSync(copy) ? 'r+' : 'w');
    for (const { at, length } of ranges) {
      const bytes = Buffer.alloc(length);
      const read = real.readSync(source, bytes, 0, length, at);
      real.writeSync(target, bytes, 0, read, at);
    }
    real.closeSync(source);
    real.closeSync(target);
  };
  const note = (fd: number, at: number, length: number): void => {
    const path = paths.get(fd);
    if (path === undefined) return;
    dirty.set(path, [...(dirty.get(path) ?? []), { at, length }]);
    if (syncing.has(fd)) makeDurable(path);
  };
  const sync = (fd: number): void => {
    const path = paths.get(fd);
    if (path !== undefined) makeDurable(path);
  };
  /** Does the same to the copy when its path is in the folder. */
  const alsoThere = (act: (copy: string) => void, path: unknown): void => {
    const copy = copyOf(path);
    if (copy === null) return;
    try {
      act(copy);
    } catch {
      // The copy need not have what the folder has.
    }
  };

  const { O_CREAT, O_TRUNC, O_DSYNC, O_SYNC } = real.constants;
  const changed: Record<string, unknown> = {
    openSync(path: string, flags: number | string = 'r', mode?: number) {
      const fd = real.openSync(path, flags, mode);
      if (copyOf(path) === null) return fd;
      paths.set(fd, path);
      if (typeof flags !== 'number') return fd;
      if (flags & (O_DSYNC | O_SYNC)) syncing.add(fd);
      if (flags & O_CREAT) alsoThere((copy) => real.closeSync(real.openSync(copy, 'a')), path);
      if (flags & O_TRUNC) alsoThere((copy) => real.truncateSync(copy, 0), path);
      return fd;
    },
    closeSync(fd: number) {
      paths.delete(fd);
      syncing.delete(fd);
      real.closeSync(fd);
    },
    writeSync(fd: number, bytes: Uint8Array, offset: number, length: number, at: number) {
      const written = real.writeSync(fd, bytes, offset, length, at);
      note(fd, at, written);
      return written;
    },
    fsyncSync(fd: number) {
      real.fsyncSync(fd);
      sync(fd);
    },
    fdatasyncSync(fd: number) {
      real.fdatasyncSync(fd);
      sync(fd);
    },
    renameSync(before: string, after: string) {
      real.renameSync(before, after);
      const ranges = dirty.get(before);
      dirty.delete(before);
      dirty.delete(after);
      if (ranges) dirty.set(after, ranges);
      alsoThere((copy) => real.renameSync(copy, copyOf(after)!), before);
    },
    unlinkSync(path: string) {
      real.unlinkSync(path);
      dirty.delete(path);
      alsoThere((copy) => real.unlinkSync(copy), path);
    },
    mkdirSync(path: string, options?: fs.MakeDirectoryOptions) {
      alsoThere((copy) => real.mkdirSync(copy, options), path);
      return real.mkdirSync(path, options);
    },
    rmdirSync(path: string) {
      real.rmdirSync(path);
      alsoThere((copy) => real.rmdirSync(copy), path);
    },
    truncateSync(path: string, length: number) {
      real.truncateSync(path, length);
      alsoThere((copy) => real.truncateSync(copy, length), path);
    },
    ftruncateSync(fd: number, length: number) {
      real.ftruncateSync(fd, length);
      alsoThere((copy) => real.truncateSync(copy, length), paths.get(fd));
    },
  };
  Object.assign(fs, changed);
  syncBuiltinESMExports();
};

if (from !== '' && fs.existsSync(to)) mirror();
