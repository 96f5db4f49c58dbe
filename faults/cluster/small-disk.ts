import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, rmdirSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, small enough to be filled. */
export interface SmallDisk {
  folder: string;
  /** Takes what is left of it. */
  fill(): void;
  free(): void;
  close(): void;
}

const block = Buffer.alloc(64 * 1024);

/** A memory file system of that size at `folder`; throws where this process may not mount one. */
export const mountSmallDisk = (folder: string, mebibytes: number): SmallDisk => {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=755`, 'parley-faults', folder], {
    encoding: 'utf8',
  });
  if (mounted.status !== 0)
    throw new Error(`a small disk cannot be mounted: ${mounted.stderr || String(mounted.error)}`);
  const ballast = join(folder, 'ballast');
  return {
    folder,
    fill() {
      const file = openSync(ballast, 'w');
      try {
        // Ever smaller pieces, until not one byte fits any more.
        for (let size = block.length; size > 0; size = Math.floor(size / 2))
          try {
            while (writeSync(file, block, 0, size) === size);
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          }
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast, { force: true }),
    close: () => void spawnSync('umount', ['-l', folder]),
  };
};

/** Why no small disk can be had here, or null. */
export const smallDiskMissing = (): string | null => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-faults-disk-'));
  try {
    mountSmallDisk(folder, 1).close();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error);
  } finally {
    rmdirSync(folder);
  }
};
