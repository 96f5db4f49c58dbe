import { describe, expect, it } from 'vitest';
import { createRecentCache } from './cache.ts';

const setup = (size = 10) => {
  let now = 1_000_000;
  let whole = true;
  let missed = (): void => {};
  const cache = createRecentCache<{ owner: string; read: number }>({
    clock: { now: () => new Date(now) },
    seconds: 30,
    size,
    news: { isWhole: () => whole, onGap: (handler) => (missed = handler) },
  });
  let reads = 0;
  const load = (owner: string) => async () => ({ owner, read: (reads += 1) });
  return {
    cache,
    load,
    pass: (seconds: number) => (now += seconds * 1000),
    reads: () => reads,
    lose: () => (whole = false),
    miss: () => missed(),
  };
};

describe('the recent cache', () => {
  it('loads once within its time, also for those who ask at once', async () => {
    const { cache, load, pass, reads } = setup();
    await Promise.all([cache.get('a', load('ann')), cache.get('a', load('ann'))]);
    pass(29);
    await cache.get('a', load('ann'));
    expect(reads()).toBe(1);
    pass(1);
    await cache.get('a', load('ann'));
    expect(reads()).toBe(2);
  });

  it('remembers for a second while news of changes may be missing', async () => {
    const { cache, load, pass, reads, lose } = setup();
    await cache.get('a', load('ann'));
    lose();
    await cache.get('a', load('ann'));
    expect(reads()).toBe(1);
    pass(1);
    await cache.get('a', load('ann'));
    expect(reads()).toBe(2);
  });

  it('forgets everything when news may have been missed', async () => {
    const { cache, load, reads, miss } = setup();
    await cache.get('a', load('ann'));
    miss();
    await cache.get('a', load('ann'));
    expect(reads()).toBe(2);
  });

  it('does not take a clock that was set back for a young answer', async () => {
    const { cache, load, pass, reads } = setup();
    await cache.get('a', load('ann'));
    pass(-3_600);
    await cache.get('a', load('ann'));
    expect(reads()).toBe(2);
  });

  it('forgets what matches and nothing else', async () => {
    const { cache, load, reads } = setup();
    await cache.get('a', load('ann'));
    await cache.get('b', load('bob'));
    cache.forget(({ owner }) => owner === 'ann');
    await cache.get('b', load('bob'));
    expect(reads()).toBe(2);
    await cache.get('a', load('ann'));
    expect(reads()).toBe(3);
  });

  it('does not keep what was read before a change and arrives after it', async () => {
    const { cache, load, reads } = setup();
    const early = Promise.withResolvers<{ owner: string; read: number }>();
    const waiting = cache.get('a', () => early.promise);
    cache.forget(({ owner }) => owner === 'ann');
    early.resolve({ owner: 'ann', read: 0 });
    await waiting;
    expect((await cache.get('a', load('ann')))?.read).toBe(1);
    expect(reads()).toBe(1);
  });

  it('keeps neither null nor failures, and never more than its size', async () => {
    const { cache, load, reads } = setup(2);
    expect(await cache.get('n', async () => null)).toBeNull();
    await expect(cache.get('n', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect((await cache.get('n', load('nan')))?.owner).toBe('nan');
    await cache.get('a', load('ann'));
    await cache.get('b', load('bob'));
    await cache.get('n', load('nan'));
    expect(reads()).toBe(4);
  });
});
