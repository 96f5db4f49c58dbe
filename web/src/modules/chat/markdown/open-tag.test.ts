import { describe, expect, it } from 'vitest';
import { holdBackOpenTag } from './open-tag.ts';

describe('holdBackOpenTag', () => {
  it.each([
    '<',
    '</',
    '</di',
    '<div',
    '<!-',
    '<a href="x > y',
    "<a title='<b>",
    '<img src=x onerror=alert(1)',
    '<details open ',
  ])('waits for the rest of %j', (tag) => {
    expect(holdBackOpenTag(`before ${tag}`)).toBe('before ');
  });

  it.each([
    'a < b',
    'a <b and c is long prose',
    'whole <b>bold</b>',
    'a <3 b',
    '`<div',
    '```html\n<div',
    '`a` is 1 << 2',
    '',
    'x'.repeat(2000),
  ])('leaves %j', (text) => {
    expect(holdBackOpenTag(text)).toBe(text);
  });

  it('waits again after code has ended', () => {
    expect(holdBackOpenTag('```\n<div\n```\n<di')).toBe('```\n<div\n```\n');
  });
});
