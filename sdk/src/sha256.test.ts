import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { sha256, sha256Hex } from './sha256.ts';

const expected = (input: string | Uint8Array) => createHash('sha256').update(input).digest('hex');

test('the fallback equals SHA-256 for every length around the block edges', () => {
  for (let length = 0; length < 200; length += 1) {
    const bytes = new Uint8Array(length).map((_, index) => index * 7);
    expect(Buffer.from(sha256(bytes)).toString('hex')).toBe(expected(bytes));
  }
});

test('texts hash the same with and without WebCrypto', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
      expect(await sha256Hex(text)).toBe(expected(text));
      vi.stubGlobal('crypto', {});
      expect(await sha256Hex(text).finally(() => vi.unstubAllGlobals())).toBe(expected(text));
    }),
  );
});
