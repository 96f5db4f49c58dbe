import { afterEach, describe, expect, it, vi } from 'vitest';
import { createTabLocks, type TabLocks } from './tab-locks.ts';
import { createLockManager, memoryStorage } from './testing/memory-storage.ts';

afterEach(() => vi.useRealTimers());

/** Two tabs of one browser, with Web Locks or without. */
const kinds: [string, () => [TabLocks, TabLocks]][] = [
  [
    'Web Locks',
    () => {
      const locks = createLockManager();
      return [createTabLocks(locks, null), createTabLocks(locks, null)];
    },
  ],
  [
    'claims in storage',
    () => {
      const storage = memoryStorage();
      return [createTabLocks(undefined, storage), createTabLocks(undefined, storage)];
    },
  ],
];

describe.each(kinds)('%s', (_kind, open) => {
  it('are held by one tab at a time, and by nobody twice', async () => {
    const [one, two] = open();
    const release = await one.take('a');
    expect(release).not.toBeNull();
    expect([await two.take('a'), await one.take('a')]).toEqual([null, null]);
    expect(await two.take('b')).not.toBeNull();
    release?.();
    await vi.waitFor(async () => expect(await two.take('a')).not.toBeNull());
  });

  it('are waited for', async () => {
    const [one, two] = open();
    const release = await one.hold('a');
    const waiting = two.hold('a');
    let isHeld = false;
    void waiting.then(() => (isHeld = true));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(isHeld).toBe(false);
    release();
    (await waiting)();
  });

  it('go to one of those who ask in the same moment', async () => {
    const [one, two] = open();
    const given = await Promise.all([one.take('a'), two.take('a'), one.take('a'), two.take('a')]);
    expect(given.filter((release) => release !== null)).toHaveLength(1);
  });
});

it('a claim of a tab that crashed lapses, one of a tab that lives does not', async () => {
  vi.useFakeTimers();
  const storage = memoryStorage();
  const [one, two] = [createTabLocks(undefined, storage), createTabLocks(undefined, storage)];
  const taken = one.take('a');
  await vi.advanceTimersByTimeAsync(100);
  expect(await taken).not.toBeNull();
  await vi.advanceTimersByTimeAsync(300_000);
  expect(await two.take('a')).toBeNull();
  storage.setItem('parley.lock.b', `crashed ${Date.now() + 60_000}`);
  expect(await two.take('b')).toBeNull();
  await vi.advanceTimersByTimeAsync(60_001);
  const late = two.take('b');
  await vi.advanceTimersByTimeAsync(100);
  expect(await late).not.toBeNull();
});

it('a tab that is closed gives its claims back', async () => {
  const storage = memoryStorage();
  expect(await createTabLocks(undefined, storage).take('a')).not.toBeNull();
  window.dispatchEvent(new Event('pagehide'));
  expect(storage.length).toBe(0);
});

it('without any storage every tab is on its own', async () => {
  const locks = createTabLocks(undefined, null);
  expect(await locks.take('a')).not.toBeNull();
  expect(await locks.hold('a')).not.toBeNull();
});
