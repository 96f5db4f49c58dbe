import { expect, it } from 'vitest';
import { lastCodeOf } from './last-code.ts';

it('finds the last fenced code', () => {
  expect(lastCodeOf('no code')).toBeNull();
  expect(lastCodeOf('```ts\na\n```\ntext\n~~~\nb\n```\nc\n~~~\nend')).toBe('b\n```\nc');
  expect(lastCodeOf('- item\n  ```\n  indented\n    more\n  ```')).toBe('indented\n  more');
  expect(lastCodeOf('```\na\n```\n```js\nstill')).toBe('still');
});
