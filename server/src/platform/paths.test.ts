import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { AppError } from './errors.ts';
import { resolveWithin } from './paths.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'parley-paths-')));
const root = join(folder, 'files');
const sibling = join(folder, 'files-of-others');
for (const path of [root, join(root, 'sub'), sibling]) mkdirSync(path);
for (const path of ['files/a.txt', 'files/sub/b.txt', 'files/..c.txt', 'files/d..', 'files-of-others/secret.txt'])
  writeFileSync(join(folder, path), 'x');
symlinkSync(join(root, 'sub'), join(root, 'link-inside'));
symlinkSync(sibling, join(root, 'link-outside'));
symlinkSync(join(sibling, 'secret.txt'), join(root, 'sub', 'innocent.txt'));
symlinkSync(join(root, 'nowhere'), join(root, 'link-dangling'));
symlinkSync(root, join(folder, 'root-by-link'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a path below a root', () => {
  test.each([
    ['a.txt', 'a.txt'],
    ['sub/b.txt', 'sub/b.txt'],
    ['sub/../a.txt', 'a.txt'],
    ['./sub//b.txt', 'sub/b.txt'],
    ['..c.txt', '..c.txt'],
    ['d..', 'd..'],
    ['link-inside/b.txt', 'sub/b.txt'],
    ['', ''],
    ['/a.txt', 'a.txt'],
  ])('%j leads to %j', (name, path) => {
    expect(resolveWithin(root, name)).toBe(join(root, path));
  });

  test.each([
    '..',
    '../files-of-others/secret.txt',
    'sub/../../files-of-others/secret.txt',
    '../files-of-others',
    '/etc/passwd',
    '../../../../../../../../etc/passwd',
    'link-outside/secret.txt',
    'link-outside',
    'sub/innocent.txt',
    'link-dangling',
    'unknown.txt',
    'a.txt/below',
    'a.txt\0.png',
    '\0',
    'x'.repeat(5000),
  ])('%j is not found', (name) => {
    expect(() => resolveWithin(root, name)).toThrow(AppError);
    expect(() => resolveWithin(root, name)).toThrow(expect.objectContaining({ code: 'not_found' }) as Error);
  });

  test('holds for a root that is a link itself, and for one that is not there', () => {
    expect(resolveWithin(join(folder, 'root-by-link'), 'a.txt')).toBe(join(root, 'a.txt'));
    expect(() => resolveWithin(join(folder, 'root-by-link'), '../files-of-others/secret.txt')).toThrow(AppError);
    expect(() => resolveWithin(join(folder, 'no-root'), 'a.txt')).toThrow(AppError);
  });
});
