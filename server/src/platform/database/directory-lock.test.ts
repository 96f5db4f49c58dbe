import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError } from '../config.ts';
import { isDirectoryInUse, takeDirectoryLock } from './directory-lock.ts';

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

/** A disk of 64 KB below the folder, or null when this process may not mount one. */
const mountSmall = (below: string): string | null => {
  const path = join(below, 'small');
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path], { stdio: 'pipe' });
    return path;
  } catch (error) {
    process.stderr.write(`skipped: a lock on a full disk (none can be mounted: ${String(error)})\n`);
    return null;
  }
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

  test('of before a restart of the machine is judged alike: pids and start times may have come again', () => {
    leave({ boot: 'another' }, 20);
    expect(() => takeDirectoryLock(folder, 'next')).toThrow(/in use by the other one/);
    rmSync(file());
    leave({ boot: 'another' }, 31);
    takeDirectoryLock(folder, 'next').release();
  });

  test.runIf(process.platform === 'linux')(
    'of a container’s first process is not taken for the next one’s: both are number 1',
    () => {
      // Process 1 lives, but is not the one that took the lock.
      leave({ pid: 1, processStart: '12345678901' });
      takeDirectoryLock(folder, 'next').release();
    },
  );

  test('cannot be taken where nothing can be written, and says so in one line', () => {
    expect(() => takeDirectoryLock(join(folder, 'missing'), 'next')).toThrow(ConfigError);
    expect(() => takeDirectoryLock(join(folder, 'missing'), 'next')).toThrow(
      /parley\.lock cannot be written \(ENOENT\); DATA_DIR needs/,
    );
  });

  test('leaves no half of a lock on a full disk', () => {
    const full = mountSmall(folder);
    if (full === null) return;
    try {
      writeFileSync(join(full, 'ballast'), Buffer.alloc(65_536 - 4096));
      try {
        appendFileSync(join(full, 'ballast'), Buffer.alloc(65_536));
      } catch {
        // Full to the last byte now.
      }
      expect(() => takeDirectoryLock(full, 'next')).toThrow(/cannot be written \(ENOSPC\)/);
      expect(existsSync(join(full, 'parley.lock'))).toBe(false);
    } finally {
      execFileSync('umount', [full]);
    }
  });

  test('is seen by those who only ask', () => {
    expect(isDirectoryInUse(folder)).toBe(false);
    const lock = takeDirectoryLock(folder, 'first');
    expect(isDirectoryInUse(folder)).toBe(true);
    lock.release();
    leave({ processStart: '1' });
    expect(isDirectoryInUse(folder)).toBe(false);
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
