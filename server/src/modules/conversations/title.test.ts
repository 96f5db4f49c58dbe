import { describe, expect, it } from 'vitest';
import { titleFrom } from './title.ts';

describe('the first title of a conversation', () => {
  it('is the question as one line', () => {
    expect(titleFrom('How do\n I  boil an egg?')).toBe('How do I boil an egg?');
    expect(titleFrom('x'.repeat(60))).toBe('x'.repeat(60));
  });
  it('is cut between words, or inside a very long one, never inside a character', () => {
    expect(titleFrom('word '.repeat(30))).toBe(`${'word '.repeat(12).trim()}…`);
    expect(titleFrom('x'.repeat(61))).toBe(`${'x'.repeat(60)}…`);
    expect(titleFrom(`${'x'.repeat(59)}🦜 and more`)?.isWellFormed()).toBe(true);
  });
  it('has no characters that reorder or hide text, and is none when nothing is left', () => {
    expect(titleFrom('a\u202eb\u0000c')).toBe('abc');
    expect(titleFrom('\u202e\u2066')).toBeNull();
  });
});
