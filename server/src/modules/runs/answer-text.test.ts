import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAnswerText } from './answer-text.ts';

/** Any UTF-16: halves of pairs and U+0000 too. */
const anyText = fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes));
const withPairs = fc.oneof(anyText, fc.string({ unit: 'grapheme' }));

describe('the text of an answer', () => {
  it('is the same however the provider cuts it, and every shown piece can be stored', () => {
    fc.assert(
      fc.property(withPairs, fc.array(fc.nat(60)), (text, cuts) => {
        const answer = createAnswerText();
        const places = [...new Set([0, ...cuts.map((cut) => cut % (text.length + 1)), text.length])].sort(
          (a, b) => a - b,
        );
        const shown = places.slice(1).map((end, index) => answer.take(text.slice(places[index], end)));
        shown.push(answer.finish());
        expect(answer.whole()).toBe(text.replaceAll('\0', '\ufffd').toWellFormed());
        expect(shown.join('')).toBe(answer.whole());
        for (const piece of shown) expect(piece.isWellFormed() && !piece.includes('\0')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('puts a pair together that came in two halves', () => {
    const answer = createAnswerText();
    expect([answer.take('a\ud83e'), answer.take('\udd9c!'), answer.finish()]).toEqual(['a', '🦜!', '']);
  });
});
