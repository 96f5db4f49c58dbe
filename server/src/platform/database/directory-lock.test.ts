import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError } from '../config.ts';
import { takeDirectoryLock } from './directory-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (): string => join(folder, 'parley.lock');

/** The lock as this very process would write it, with some of it changed, last touched so many seconds ago. */
const leave = (changes: object | string, secondsAgo = 0): void => {
  const lock = takeDirectoryLock(folder, 'the other one');
  const own = JSON.parse(readFileSync(file(), 'utf8')) as object;
  lock.release();
  writeFileSync(file(), typeof changes === 'string' ? changes : JSON.stringify({ ...own, ...changes }));
  const touched = new Date(Date.now() - secondsAgo * 1000);
  utimesSync(file(), touched, touched);
};

const deadPid = async (): Promise<number> => {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.on('exit', resolve));
  return child.pid!;
};

describe('the lock of a data directory', () => {
  test('is refused while its holder lives, by the holder’s name', () => {
    const lock = takeDirectoryLock(folder, 'Parley at http://localhost:3000');
    expect(() => takeDirectoryLock(folder, 'a second one')).toThrow(ConfigError);
    expect(() => takeDirectoryLock(folder, 'a second one')).toThrow(
      new RegExp(`in use by Parley at http://localhost:3000 \\(process ${process.pid} on .+; stop that one`),
    );
    lock.release();
    takeDirectoryLock(folder, 'a second one').release();
    expect(existsSync(file())).toBe(false);
  });

  test('is taken over from a dead process', async () => {
    leave({ pid: await deadPid() });
    takeDirectoryLock(folder, 'next').release();
  });

  test.runIf(process.platform === 'linux')('is taken over when the pid belongs to a later process now', () => {
    leave({ processStart: '1' });
    takeDirectoryLock(folder, 'next').release();
  });

  test('of another machine holds as long as it gives signs of life', () => {
    leave({ host: 'another-machine', pid: 1 }, 20);
    expect(() => takeDirectoryLock(folder, 'next')).toThrow(/another-machine/);
    rmSync(file());
    leave({ host: 'another-machine', pid: 1 }, 31);
    takeDirectoryLock(folder, 'next').release();
  });

  test('of another container is judged by its signs of life, not by a pid that means something else there', () => {
    leave({ pidNamespace: 'pid:[1]' }, 31);
    takeDirectoryLock(folder, 'next').release();
  });

  test.each(['', '{"pid": 12', 'null'])('that says %j holds only while it may still be in the writing', (text) => {
    leave(text, 1);
    expect(() => takeDirectoryLock(folder, 'next')).toThrow(/being taken by another process; try again/);
    rmSync(file());
    leave(text, 6);
    takeDirectoryLock(folder, 'next').release();
  });

  test('is not released by somebody else', () => {
    const lock = takeDirectoryLock(folder, 'first');
    writeFileSync(file(), '{"pid": 1}');
    lock.release();
    expect(readFileSync(file(), 'utf8')).toBe('{"pid": 1}');
  });

  test('goes to exactly one of many processes that find a stale one at once', async () => {
    leave({ pid: await deadPid() });
    const module = fileURLToPath(new URL('./directory-lock.ts', import.meta.url));
    const script = `
      const { takeDirectoryLock } = await import(${JSON.stringify(module)});
      process.stdout.write('waiting ');
      process.stdin.once('data', () => {
        try { takeDirectoryLock(${JSON.stringify(folder)}, 'one of many'); process.stdout.write('taken'); }
        catch (error) { process.stdout.write(error.name); }
      });`;
    const children = Array.from({ length: 6 }, () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const says = (): Promise<string> =>
        new Promise((resolve) => child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())));
      return { child, says };
    });
    await Promise.all(children.map(({ says }) => says()));
    const answers = children.map(({ says }) => says());
    for (const { child } of children) child.stdin.write('now');
    const outcomes = await Promise.all(answers);
    // Each holds on until all have answered.
    for (const { child } of children) child.stdin.end();
    expect(outcomes.filter((text) => text === 'taken')).toHaveLength(1);
    expect(outcomes.filter((text) => text === 'ConfigError')).toHaveLength(5);
  });
});
