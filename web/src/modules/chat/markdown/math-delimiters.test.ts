import { describe, expect, it } from 'vitest';
import { normaliseMath } from './math-delimiters.ts';

describe('normaliseMath', () => {
  it('turns bracket delimiters into dollars', () => {
    expect(normaliseMath('so \\(a+b\\) and \\(c\\).')).toBe('so $$a+b$$ and $$c$$.');
    expect(normaliseMath('\\[\nx^2\n\\]')).toBe('$$\nx^2\n$$');
    expect(normaliseMath('see \\[x^2\\]')).toBe('see $$x^2$$');
  });
  it('leaves code, escapes and open formulas alone', () => {
    for (const text of [
      '`\\(a\\)`',
      '```\n\\(a\\)\n\\[\n```',
      '~~~~\n~~~\n\\(a\\)\n~~~~',
      '\\\\(a\\\\)',
      'open \\(a',
      'plain',
    ])
      expect(normaliseMath(text)).toBe(text);
  });
});
