import { describe, expect, it } from 'vitest';
import { namesAnotherHost, safeImage, safeLink } from './safe-url.ts';

describe('safeLink', () => {
  it('keeps http, https and mailto', () => {
    expect(safeLink('https://example.com/a?b#c')).toEqual({ href: 'https://example.com/a?b#c', target: 'example.com' });
    expect(safeLink('http://example.com:8080')?.target).toBe('example.com:8080');
    expect(safeLink('mailto:ada@example.com')).toEqual({ href: 'mailto:ada@example.com', target: 'ada@example.com' });
  });

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    '\u0001javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'blob:https://example.com/1',
    'file:///etc/passwd',
    '//evil.example',
    '/settings',
    '#top',
    'relative',
    '',
    undefined,
    4,
  ])('refuses %j', (value) => {
    expect(safeLink(value)).toBeNull();
  });
});

describe('safeImage', () => {
  const origin = 'https://parley.example';
  it('keeps our own pictures', () => {
    expect(safeImage('/files/1.png?x=1', origin)).toBe('/files/1.png?x=1');
    expect(safeImage('https://parley.example/files/1.png', origin)).toBe('/files/1.png');
  });
  it.each([
    'https://evil.example/p.png',
    '//evil.example/p.png',
    '/\\evil.example/p.png',
    '/\t/evil.example/p.png',
    'data:image/svg+xml,<svg/>',
    'javascript:alert(1)',
    'p.png',
    'https://parley.example.evil.example/p',
    null,
  ])('refuses %j', (value) => {
    expect(safeImage(value, origin)).toBeNull();
  });
});

describe('namesAnotherHost', () => {
  const link = { href: 'https://evil.example/login', target: 'evil.example' };
  it('notices words that name a different host', () => {
    expect(namesAnotherHost('https://bank.example/login', link)).toBe(true);
    expect(namesAnotherHost('bank.example', link)).toBe(true);
    expect(namesAnotherHost('www.evil.example/x', link)).toBe(false);
    expect(namesAnotherHost('the login page', link)).toBe(false);
    expect(namesAnotherHost('', link)).toBe(false);
  });
});
