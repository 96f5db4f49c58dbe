import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What clients did and saw, and what was done to the cluster. `at` is milliseconds on one monotonic clock. */
export type Happening =
  | { op: 'send'; key: string; conversation: string; text: string; model: string }
  | { op: 'answer-again'; key: string; conversation: string; question: string; model: string }
  /** The request was acknowledged. */
  | { op: 'sent'; key: string; node: string; message: string; answer: string; run: string; replay: boolean }
  /** One attempt failed and may have been carried out or not. */
  | { op: 'send-unknown'; key: string; node: string; cause: string }
  /** The server refused for good: nothing may have been written. */
  | { op: 'send-refused'; key: string; node: string; status: number; code: string }
  | { op: 'view'; viewer: string; run: string; node: string; after: number }
  | { op: 'seen'; viewer: string; run: string; seq: number; type: string; data: string }
  | { op: 'view-lost'; viewer: string; run: string; cause: string }
  | { op: 'view-refused'; viewer: string; run: string; status: number; after: number }
  /** The viewer has seen the end of the run. */
  | { op: 'viewed'; viewer: string; run: string }
  /** The viewer was told to leave and not to come back. */
  | { op: 'view-left'; viewer: string; run: string }
  | { op: 'stop'; run: string; node: string }
  | { op: 'stopped'; run: string; node: string; status: string }
  | { op: 'fault'; what: string }
  | { op: 'healed' }
  | { op: 'ended'; run: string; status: string }
  | { op: 'never-ended'; run: string; status: string }
  /** Something the scenario itself found to be wrong. */
  | { op: 'broken-promise'; what: string };

export type Entry = Happening & { at: number };

export interface History {
  readonly entries: readonly Entry[];
  add(happening: Happening): void;
  /** Time on the history's clock. */
  now(): number;
}

/** A history that is also written to a file as JSON lines, so that it outlives a crash of the suite. */
export const createHistory = (file: string | null): History => {
  const began = performance.now();
  const entries: Entry[] = [];
  const now = (): number => Math.round((performance.now() - began) * 10) / 10;
  let unwritten: string[] = [];
  const write = (): void => {
    if (file !== null) appendFileSync(file, unwritten.join(''));
    unwritten = [];
  };
  if (file !== null) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
  }
  return {
    entries,
    now,
    add(happening) {
      const entry = { at: now(), ...happening };
      entries.push(entry);
      if (file === null) return;
      if (unwritten.length === 0) setImmediate(write);
      unwritten.push(`${JSON.stringify(entry)}\n`);
    },
  };
};
