import { closeSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Room that is kept for the statement that finds the disk full: PostgreSQL ends itself when it cannot write its log. */
export interface DiskSpace {
  /** Gives the reserve away; false when it is gone already. */
  makeRoom(): boolean;
  /** Called when the reserve was given away. */
  onNeed(listener: () => void): void;
  /** True when hardly anything more should be written. */
  isFull(): boolean;
  /** Takes the reserve back when there is room for it. */
  restore(): void;
}

const reserveBytes = 32 * 2 ** 20;
const lowBytes = 32 * 2 ** 20;
const piece = Buffer.alloc(2 ** 20);

/** Keeps the reserve as a file in the folder. */
export const createDiskSpace = (folder: string): DiskSpace => {
  const file = join(folder, 'reserve');
  const freeBytes = (): number => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  };
  let needed = (): void => {};
  const isHeld = (): boolean => statSync(file, { throwIfNoEntry: false })?.size === reserveBytes;
  const space: DiskSpace = {
    makeRoom() {
      if (!statSync(file, { throwIfNoEntry: false })) return false;
      rmSync(file, { force: true });
      needed();
      return true;
    },
    onNeed(listener) {
      needed = listener;
    },
    isFull: () => !isHeld() || freeBytes() < lowBytes,
    restore() {
      // Twice as much as is low, so that it does not swing to and fro.
      if (isHeld() || freeBytes() < reserveBytes + 2 * lowBytes) return;
      const handle = openSync(file, 'w', 0o600);
      try {
        for (let written = 0; written < reserveBytes; written += piece.length) writeSync(handle, piece);
        fsyncSync(handle);
      } catch {
        rmSync(file, { force: true });
      } finally {
        closeSync(handle);
      }
    },
  };
  space.restore();
  return space;
};
