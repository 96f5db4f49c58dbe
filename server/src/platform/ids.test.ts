import { afterEach, describe, expect, test, vi } from 'vitest';
import { newId, newToken, sha256, sha256Hex } from './ids.ts';

afterEach(() => vi.useRealTimers());

const millisecondsOf = (id: string): number => parseInt(id.replaceAll('-', '').slice(0, 12), 16);

describe('an id', () => {
  test('is a UUID of version 7 with the time in front', () => {
    const before = Date.now();
    const id = newId();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(millisecondsOf(id)).toBeGreaterThanOrEqual(before);
    expect(millisecondsOf(id)).toBeLessThanOrEqual(Date.now() + 1_000);
  });

  test('never repeats and sorts by creation, 100 000 times', () => {
    const ids = Array.from({ length: 100_000 }, newId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id, index) => index === 0 || ids[index - 1]! < id)).toBe(true);
  });

  test('sorts by creation within one millisecond and when the clock goes back', () => {
    vi.useFakeTimers({ now: Date.now() + 60_000 });
    const within = Array.from({ length: 10_000 }, newId);
    vi.setSystemTime(Date.now() - 30_000);
    const all = [...within, newId()];
    expect(all.toSorted()).toEqual(all);
    // 12 bits of counter for each millisecond: the time in the id runs ahead by no more than that.
    expect(millisecondsOf(within.at(-1)!) - millisecondsOf(within[0]!)).toBeLessThanOrEqual(3);
  });

  test('cannot be guessed from its neighbour', () => {
    const tails = Array.from({ length: 1_000 }, () => newId().slice(19));
    expect(new Set(tails).size).toBe(tails.length);
  });
});

test('a token holds 256 random bits', () => {
  const tokens = Array.from({ length: 1_000 }, newToken);
  expect(tokens.every((token) => /^[\w-]{43}$/.test(token) && Buffer.from(token, 'base64url').length === 32)).toBe(
    true,
  );
  expect(new Set(tokens).size).toBe(tokens.length);
});

test('the hash is SHA-256 (FIPS 180-4, "abc")', () => {
  expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(sha256('abc').toString('hex')).toBe(sha256Hex('abc'));
});
