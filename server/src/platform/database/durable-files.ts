import { closeSync, fdatasyncSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

interface OpenFile {
  nfd: number;
  node: { mode: number };
}

/** Emscripten's file system on Node's, as far as it is corrected here. */
interface EmscriptenFiles {
  isDir(mode: number): boolean;
  filesystems: {
    NODEFS: {
      /** Turns what Node throws into what PostgreSQL understands. */
      tryFSOperation<T>(work: () => T): T;
      stream_ops: {
        fsync?: (file: OpenFile) => void;
        write: (file: OpenFile, from: Uint8Array, offset: number, length: number, position: number) => number;
      };
    };
  };
}

type InitOptions = Parameters<NodeFS['init']>[1];

/**
 * PostgreSQL's calls of fsync, which Emscripten answers with success and does nothing. fdatasync has no hook at all there,
 * so the database is told to sync its log with fsync (`durableParameters`).
 */
const syncFile = (files: EmscriptenFiles, file: OpenFile): void => {
  // The size is part of what fdatasync writes; times are not, and nobody reads them.
  files.filesystems.NODEFS.tryFSOperation(() =>
    files.isDir(file.node.mode) ? fsyncSync(file.nfd) : fdatasyncSync(file.nfd),
  );
};

const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(String((error as { code?: unknown }).code));

/** Writes all of it: PostgreSQL ends itself when its log is cut short, so a full disk is given room once. */
const writeAll = (
  file: number,
  from: Uint8Array,
  place: { offset: number; length: number; position: number },
  makeRoom: () => boolean,
): number => {
  let done = 0;
  while (done < place.length) {
    try {
      const { offset, length, position } = place;
      done += writeSync(file, from, offset + done, length - done, position + done);
    } catch (error) {
      if (!isFull(error) || !makeRoom()) throw error;
    }
  }
  return done;
};

/** Start parameters with which the database syncs, by a call that `durableFiles` carries out, and keeps its log small. */
export const durableParameters = (presets: readonly string[]): string[] => [
  ...presets.filter((parameter) => parameter !== '-F'),
  ...['wal_sync_method=fsync', 'max_wal_size=128MB', 'min_wal_size=32MB'].flatMap((setting) => ['-c', setting]),
];

/**
 * The files of an embedded database on disk, synced when PostgreSQL asks for it. `makeRoom` is asked when the disk is full,
 * `say` gets the lines of PostgreSQL's own log.
 */
export const durableFiles = (
  directory: string,
  { makeRoom, say }: { makeRoom: () => boolean; say: (line: string) => void },
): NodeFS => {
  const correct = (module: object): void => {
    const { FS: files } = module as { FS: EmscriptenFiles };
    const { NODEFS } = files.filesystems;
    NODEFS.stream_ops.fsync = (file) => syncFile(files, file);
    NODEFS.stream_ops.write = (file, from, offset, length, position) =>
      NODEFS.tryFSOperation(() => writeAll(file.nfd, from, { offset, length, position }, makeRoom));
  };
  const nodeFiles = new NodeFS(directory);
  const init = nodeFiles.init.bind(nodeFiles);
  nodeFiles.init = async (lite: PGlite, options: InitOptions) => {
    const { emscriptenOpts } = await init(lite, options);
    return {
      emscriptenOpts: { ...emscriptenOpts, printErr: say, preRun: [...(emscriptenOpts.preRun ?? []), correct] },
    };
  };
  return nodeFiles;
};

/** Syncs the entries of a folder: which names are in it. */
export const syncFolder = (folder: string): void => {
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
};

const syncPath = async (path: string): Promise<void> => {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

const atOnce = 32;

/** Syncs a folder with everything in it: files made by something that does not sync. */
export const syncTree = async (folder: string): Promise<void> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = [folder, ...entries.map((entry) => join(entry.parentPath, entry.name))];
  // Several at once share one write of the file system's journal.
  while (paths.length > 0) await Promise.all(paths.splice(0, atOnce).map(syncPath));
};
