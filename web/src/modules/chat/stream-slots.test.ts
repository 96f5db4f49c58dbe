import type { RunEvent, StreamOptions } from '@parley/sdk';
import { describe, expect, it, vi } from 'vitest';
import { createTabLocks } from '../../tab-locks.ts';
import { createLockManager } from '../../testing/memory-storage.ts';
import type { OpenStream } from './live-runs.ts';
import { createStreamSlots } from './stream-slots.ts';

const events = 12;

/** A run of which the log grows while it is read; counts who reads it how. */
const createRun = () => {
  const seen = { live: 0, mostLive: 0, polls: 0 };
  let written = 0;
  const waiting = new Set<() => void>();
  const write = (): void => {
    written += 1;
    for (const go of waiting) go();
  };
  const more = (signal: AbortSignal | undefined, ms: number | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const stop = () => reject(signal?.reason as Error);
      if (signal?.aborted) return stop();
      signal?.addEventListener('abort', stop, { once: true });
      if (ms === undefined) waiting.add(resolve);
      else setTimeout(resolve, ms);
    });
  const stream: OpenStream = async function* (_id, { after = 0, signal, pollMs }: StreamOptions) {
    const isLive = pollMs === undefined;
    if (isLive) seen.mostLive = Math.max(seen.mostLive, (seen.live += 1));
    else seen.polls += 1;
    try {
      for (let seq = after + 1; seq <= events; seq += 1) {
        while (written < seq) await more(signal, pollMs);
        yield { seq, type: 'text-delta', data: { v: 1, text: `${seq} ` } } satisfies RunEvent;
      }
    } finally {
      if (isLive) seen.live -= 1;
    }
  };
  return { seen, stream, write };
};

const createPage = () => {
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' as DocumentVisibilityState });
  const turn = (state: DocumentVisibilityState) => () => {
    page.visibilityState = state;
    page.dispatchEvent(new Event('visibilitychange'));
  };
  return { page: page as unknown as Document, hide: turn('hidden'), show: turn('visible') };
};

const setUp = (tabs: number, slots: number) => {
  const run = createRun();
  const manager = createLockManager();
  const readers = Array.from({ length: tabs }, () => {
    const { page, ...rest } = createPage();
    const open = createStreamSlots({
      stream: run.stream,
      locks: createTabLocks(manager, null),
      slots,
      pollMs: 5,
      page,
    });
    return { open, ...rest };
  });
  return { ...run, readers };
};

const readAll = async (open: OpenStream, options: StreamOptions = {}): Promise<number[]> => {
  const numbers: number[] = [];
  for await (const { seq } of open('r', options)) numbers.push(seq);
  return numbers;
};
const whole = Array.from({ length: events }, (_none, index) => index + 1);

describe('createStreamSlots', () => {
  it('keeps no more streams open than there are slots, and everybody reads it all', async () => {
    const { readers, seen, write } = setUp(8, 3);
    const reading = readers.map(({ open }) => readAll(open));
    for (let count = 0; count < events; count += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      write();
    }
    expect(await Promise.all(reading)).toEqual(readers.map(() => whole));
    expect(seen).toMatchObject({ live: 0, mostLive: 3 });
    expect(seen.polls).toBeGreaterThan(0);
  });

  it('gives the slot to another tab while it is hidden, and goes on without a gap', async () => {
    const { readers, seen, write } = setUp(2, 1);
    const [first, second] = readers;
    const reading = readers.map(({ open }) => readAll(open));
    await vi.waitFor(() => expect(seen).toMatchObject({ live: 1, polls: 1 }));
    write();
    first!.hide();
    await vi.waitFor(() => expect(seen.polls).toBe(2));
    await vi.waitFor(() => expect(seen.live).toBe(1));
    write();
    first!.show();
    second!.hide();
    await vi.waitFor(() => expect(seen.polls).toBe(3));
    await vi.waitFor(() => expect(seen.live).toBe(1));
    for (let count = 2; count < events; count += 1) write();
    expect(await Promise.all(reading)).toEqual([whole, whole]);
    expect(seen.mostLive).toBe(1);
  });

  it('gives its slot back when nobody reads any more, however that comes', async () => {
    const { readers, seen, write } = setUp(1, 1);
    const { open } = readers[0]!;
    const reason = new Error('left');
    const left = new AbortController();
    const aborted = readAll(open, { signal: left.signal });
    await vi.waitFor(() => expect(seen.live).toBe(1));
    left.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    write();
    for await (const { seq } of open('r', {})) {
      expect(seq).toBe(1);
      break;
    }
    for (let count = 1; count < events; count += 1) write();
    expect(await readAll(open)).toEqual(whole);
    expect(seen).toEqual({ live: 0, mostLive: 1, polls: 0 });
  });

  it('passes on what the stream refuses', async () => {
    const refusal = new Error('gone');
    const open = createStreamSlots({
      // oxlint-disable-next-line require-yield
      stream: async function* () {
        throw refusal;
      },
      locks: createTabLocks(createLockManager(), null),
      slots: 1,
      pollMs: 5,
      page: createPage().page,
    });
    for (let count = 0; count < 2; count += 1) await expect(readAll(open)).rejects.toBe(refusal);
  });
});
