import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError } from './config.ts';
import { secret } from './secret.ts';
import { createSecrets, loadMasterKey } from './secrets.ts';

const secrets = createSecrets(Buffer.alloc(32, 1));
const plain = 'sk-ant-0123456789 ü 🦜';

describe('a sealed secret', () => {
  test('opens to what was sealed, and reads as nothing', () => {
    const sealed = secrets.seal(plain, 'provider:1');
    expect(secrets.open(sealed, 'provider:1')).toBe(plain);
    expect(sealed).not.toContain('sk-ant');
    expect(secrets.open(secrets.seal('', 'x'), 'x')).toBe('');
  });

  test('is another text each time', () => {
    expect(secrets.seal(plain, 'provider:1')).not.toBe(secrets.seal(plain, 'provider:1'));
  });

  test('does not open in another row', () => {
    const sealed = secrets.seal(plain, 'provider:1');
    expect(() => secrets.open(sealed, 'provider:2')).toThrow();
  });

  test('does not open with another master key', () => {
    const sealed = secrets.seal(plain, 'provider:1');
    expect(() => createSecrets(Buffer.alloc(32, 2)).open(sealed, 'provider:1')).toThrow(
      /current master key \(provider:1\)/,
    );
  });

  test.each([0, 1, 2, 3, 4])('does not open when its part %i is changed', (index) => {
    const parts = secrets.seal(plain, 'row').split('.');
    const first = parts[index]![0] === 'A' ? 'B' : 'A';
    parts[index] = first + parts[index]!.slice(1);
    expect(() => secrets.open(parts.join('.'), 'row')).toThrow();
  });

  test.each([4, 8, 12, 15])('does not open with its tag cut to %i bytes', (bytes) => {
    const parts = secrets.seal(plain, 'row').split('.');
    parts[3] = Buffer.from(parts[3]!, 'base64url').subarray(0, bytes).toString('base64url');
    expect(() => secrets.open(parts.join('.'), 'row')).toThrow();
  });

  test.each(['', 'v1', 'v1....', 'plain text', plain])('%j is not one', (text) => {
    expect(() => secrets.open(text, 'row')).toThrow();
  });

  test('does not open with parts added or missing', () => {
    const sealed = secrets.seal(plain, 'row');
    expect(() => secrets.open(`${sealed}.AAAA`, 'row')).toThrow();
    expect(() => secrets.open(sealed.slice(0, sealed.lastIndexOf('.')), 'row')).toThrow();
  });

  test('has derived keys that differ by purpose and by master key, and stay', () => {
    expect(secrets.derive('cookies')).toMatch(/^[0-9a-f]{64}$/);
    expect(secrets.derive('cookies')).toBe(createSecrets(Buffer.alloc(32, 1)).derive('cookies'));
    expect(secrets.derive('cookies')).not.toBe(secrets.derive('seal'));
    expect(secrets.derive('cookies')).not.toBe(createSecrets(Buffer.alloc(32, 2)).derive('cookies'));
  });
});

test('a Secret prints as [secret] in every way', () => {
  const value = secret('hidden-word');
  expect([value.toString(), JSON.stringify({ value }), inspect({ value }), String(value)].join()).not.toContain(
    'hidden-word',
  );
  expect(value.reveal()).toBe('hidden-word');
});

describe('the master key', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-key-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is taken from the configuration in base64, base64url and hex, and then no file is made', () => {
    const bytes = Buffer.alloc(32, 0xfb);
    for (const encoding of ['base64', 'base64url', 'hex'] as const)
      expect(loadMasterKey(secret(bytes.toString(encoding)), folder)).toEqual(bytes);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is made once in the data directory, for its owner only', () => {
    const dataDir = join(folder, 'new');
    const key = loadMasterKey(null, dataDir);
    expect(key).toHaveLength(32);
    expect(loadMasterKey(null, dataDir)).toEqual(key);
    expect(readdirSync(dataDir)).toEqual(['master.key']);
    if (process.platform === 'win32') return;
    expect(statSync(join(dataDir, 'master.key')).mode & 0o777).toBe(0o600);
    expect(statSync(dataDir).mode & 0o077).toBe(0);
  });

  test.skipIf(process.platform === 'win32').each([0o640, 0o604, 0o644, 0o666])(
    'is refused when its file has the mode %o, with the remedy',
    (mode) => {
      loadMasterKey(null, folder);
      const file = join(folder, 'master.key');
      chmodSync(file, mode);
      expect(() => loadMasterKey(null, folder)).toThrow(ConfigError);
      expect(() => loadMasterKey(null, folder)).toThrow(`chmod 600 ${file}`);
      chmodSync(file, 0o600);
      expect(loadMasterKey(null, folder)).toHaveLength(32);
    },
  );

  test.each(['', 'AAAA', 'x'.repeat(80)])('is refused when its file holds %j, and the file stays as it is', (text) => {
    const file = join(folder, 'master.key');
    writeFileSync(file, text, { mode: 0o600 });
    expect(() => loadMasterKey(null, folder)).toThrow(/does not hold 32 bytes; restore it from a backup/);
    expect(existsSync(file) && readFileSync(file, 'utf8')).toBe(text);
  });
});
