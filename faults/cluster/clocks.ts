import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Wall clocks of single processes that can be set while these run (libfaketime); timers keep their pace. */
export interface Clocks {
  /** For the environment of the process of that name. */
  environment(name: string): Record<string, string>;
  set(name: string, offsetSeconds: number): void;
}

const library = (): string | null => {
  const root = '/usr/lib';
  const found = readdirSync(root)
    .map((name) => join(root, name, 'faketime', 'libfaketimeMT.so.1'))
    .find((path) => existsSync(path));
  return found ?? null;
};

/** Why clocks cannot be set here, or null. */
export const clocksMissing = (): string | null => (library() === null ? 'libfaketime is not installed' : null);

export const createClocks = (folder: string): Clocks => {
  const file = (name: string): string => join(folder, `clock-${name}`);
  const set = (name: string, offsetSeconds: number): void =>
    writeFileSync(file(name), `${offsetSeconds < 0 ? '-' : '+'}${Math.abs(offsetSeconds)}\n`);
  return {
    environment(name) {
      set(name, 0);
      return {
        LD_PRELOAD: library()!,
        FAKETIME_TIMESTAMP_FILE: file(name),
        FAKETIME_CACHE_DURATION: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        DONT_FAKE_MONOTONIC: '1',
      };
    },
    set,
  };
};
