import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Secret } from './secret.ts';
import { ConfigError } from './config.ts';

/** Encryption of stored secrets, and keys derived from the one master key. */
export interface Secrets {
  /** AES-256-GCM; `context` binds the result to its row, so that a sealed value copied elsewhere does not open. */
  seal(plain: string, context: string): string;
  /** Opens what `seal` made with the same context; throws when key, context or text do not fit. */
  open(sealed: string, context: string): string;
  /** A key for one purpose (HKDF-SHA-256), hex. */
  derive(purpose: string): string;
}

/** Sealed form: `v1.<key id>.<nonce>.<tag>.<ciphertext>`, each base64url; the key id is the first 4 bytes of an HKDF of the key. */
export const createSecrets = (masterKey: Buffer): Secrets => {
  const expand = (purpose: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), `parley ${purpose}`, bytes));
  const sealingKey = expand('seal', 32);
  const keyId = expand('key id', 4).toString('base64url');
  return {
    seal(plain, context) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce);
      cipher.setAAD(Buffer.from(context));
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return ['v1', keyId, ...[nonce, cipher.getAuthTag(), text].map((part) => part.toString('base64url'))].join('.');
    },
    open(sealed, context) {
      const [version, id, nonce, tag, text, ...rest] = sealed.split('.');
      if (
        version !== 'v1' ||
        id !== keyId ||
        nonce === undefined ||
        tag === undefined ||
        text === undefined ||
        rest.length
      )
        throw new Error(`this secret was not sealed by the current master key (${context})`);
      // The length is said, because a tag cut to 4 bytes would be accepted otherwise.
      const decipher = createDecipheriv('aes-256-gcm', sealingKey, Buffer.from(nonce, 'base64url'), {
        authTagLength: 16,
      });
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(Buffer.from(tag, 'base64url'));
      return Buffer.concat([decipher.update(Buffer.from(text, 'base64url')), decipher.final()]).toString('utf8');
    },
    derive: (purpose) => expand(purpose, 32).toString('hex'),
  };
};

const decodeKey = (text: string): Buffer =>
  /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');

const writeKey = (file: string): void => {
  // Renamed into place, so that a crash never leaves a key file with half a key.
  const draft = `${file}.${process.pid}.new`;
  const handle = openSync(draft, 'w', 0o600);
  writeSync(handle, `${randomBytes(32).toString('base64')}\n`);
  fsyncSync(handle);
  closeSync(handle);
  renameSync(draft, file);
};

// Windows has no such bits: every file there would look open to all.
const isOpenToOthers = (file: string): boolean => process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0;

/** The configured master key, or the one in `<dataDir>/master.key` (mode 0600), made on first use. */
export const loadMasterKey = (configured: Secret | null, dataDir: string): Buffer => {
  if (configured) return decodeKey(configured.reveal());
  const file = join(dataDir, 'master.key');
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeKey(file);
  }
  if (isOpenToOthers(file))
    throw new ConfigError([`MASTER_KEY file ${file} can be read by others; run: chmod 600 ${file}`]);
  const key = decodeKey(readFileSync(file, 'utf8').trim());
  if (key.length !== 32)
    throw new ConfigError([`MASTER_KEY file ${file} does not hold 32 bytes; restore it from a backup`]);
  return key;
};
