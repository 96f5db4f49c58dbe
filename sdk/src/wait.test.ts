import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { backoff, fullJitter, spread, wait, waitOrWake } from './wait.ts';

const milliseconds = fc.integer({ min: 1, max: 5000 });

test('full jitter is never earlier than asked, never later than the limit, and grows until then', () => {
  fc.assert(
    fc.property(fc.nat(20_000), milliseconds, fc.nat(60), (asked, first, n) => {
      const delay = fullJitter(asked, first, n, 10_000);
      expect(delay).toBeGreaterThanOrEqual(asked);
      expect(delay).toBeLessThanOrEqual(Math.max(asked, 10_000));
    }),
  );
  const random = vi.spyOn(Math, 'random').mockReturnValue(1);
  expect([0, 1, 2, 3, 4].map((n) => fullJitter(0, 1000, n, 10_000))).toEqual([1000, 2000, 4000, 8000, 10_000]);
  expect([0, 1, 2].map((n) => fullJitter(1500, 1000, n, 10_000))).toEqual([1500, 3000, 6000]);
  random.mockReturnValue(0);
  expect([0, 1, 2].map((n) => fullJitter(0, 1000, n, 10_000))).toEqual([0, 0, 0]);
  random.mockRestore();
});

test('delays of many clients differ', () => {
  for (const delay of [() => fullJitter(0, 1000, 3, 10_000), () => spread(1000), () => backoff(1000, 1, 10_000)])
    expect(new Set(Array.from({ length: 50 }, delay)).size).toBeGreaterThan(40);
});

test('a wait ends with the reason of an abort, also where there is no browser to wake it', async () => {
  const reason = new Error('left');
  await expect(wait(10_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  await expect(waitOrWake(10_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  await expect(waitOrWake(1)).resolves.toBeUndefined();
});
