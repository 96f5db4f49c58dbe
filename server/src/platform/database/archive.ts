import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { syncFolder } from './durable-files.ts';

/** One thing to put into an archive, which reads exactly as many bytes as it says; a folder when it has no content. */
export interface Entry {
  path: string;
  content: { bytes: number; read: () => AsyncIterable<Buffer> } | null;
}

/** What reading an archive hands out: `read` may be left alone. */
export interface FoundEntry {
  path: string;
  isFolder: boolean;
  read(): AsyncIterable<Buffer>;
}

const block = 512;

/** A header of POSIX ustar (IEEE Std 1003.1, pax): 512 bytes, numbers in octal. */
const header = (path: string, bytes: number, isFolder: boolean): Buffer => {
  if (Buffer.byteLength(path) > 100) throw new Error(`the name ${path} is too long for an archive`);
  const bits = Buffer.alloc(block);
  const put = (text: string, at: number): void => void bits.write(text, at, 'utf8');
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  put(path, 0);
  put(isFolder ? '0000700' : '0000600', 100);
  put('0000000', 108);
  put('0000000', 116);
  put(octal(bytes, 11), 124);
  put(octal(0, 11), 136);
  put(' '.repeat(8), 148);
  put(isFolder ? '5' : '0', 156);
  put('ustar\u000000', 257);
  put(
    `${octal(
      bits.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\0 `,
    148,
  );
  return bits;
};

const padding = (bytes: number): Buffer => Buffer.alloc((block - (bytes % block)) % block);

async function* tarOf(entries: AsyncIterable<Entry>): AsyncGenerator<Buffer> {
  for await (const { path, content } of entries) {
    yield header(path, content?.bytes ?? 0, content === null);
    if (!content) continue;
    yield* content.read();
    yield padding(content.bytes);
  }
  yield Buffer.alloc(2 * block);
}

/** Writes a tar.gz (mode 0600), under another name until it is whole and on disk. Returns its size and SHA-256. */
export const writeArchive = async (
  file: string,
  entries: AsyncIterable<Entry>,
): Promise<{ bytes: number; sha256: string }> => {
  const draft = `${file}.part`;
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    await pipeline(
      Readable.from(tarOf(entries), { objectMode: false }),
      createGzip({ level: 1 }),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          bytes += chunk.length;
          yield chunk;
        }
      },
      createWriteStream(draft, { mode: 0o600 }),
    );
    const handle = await open(draft, 'r+');
    await handle.sync();
    await handle.close();
    await rename(draft, file);
    syncFolder(dirname(file));
    return { bytes, sha256: hash.digest('hex') };
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
};

/** Hands out a stream of bytes in the portions asked for. */
const portionsOf = (source: AsyncIterator<Buffer, undefined>) => {
  let rest: Buffer = Buffer.alloc(0);
  async function* next(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0;) {
      if (rest.length === 0) {
        const { value, done } = await source.next();
        if (done) throw new Error('the archive ends too early');
        rest = value;
      }
      const piece = rest.subarray(0, left);
      rest = rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }
  return { next, whole: (bytes: number) => buffer(next(bytes)) };
};

const text = (bits: Buffer, at: number, length: number): string =>
  bits
    .toString('utf8', at, at + length)
    .split('\0')[0]!
    .trim();

/** Reads a tar.gz from its beginning to its end and hands out its entries one after the other. */
export const readArchive = async (file: string, visit: (entry: FoundEntry) => Promise<void>): Promise<void> => {
  const unzipped = createGunzip();
  const fed = pipeline(createReadStream(file), unzipped);
  fed.catch(() => {});
  const chunks = unzipped[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  const portions = portionsOf(chunks);
  try {
    for (;;) {
      const head = await portions.whole(block);
      if (head.every((byte) => byte === 0)) break;
      if (text(head, 257, 5) !== 'ustar') throw new Error('this is not an archive of Parley');
      const bytes = Number.parseInt(text(head, 124, 12), 8);
      const content = portions.next(bytes);
      await visit({ path: text(head, 0, 100), isFolder: text(head, 156, 1) === '5', read: () => content });
      for await (const _ of content);
      await portions.whole(padding(bytes).length);
    }
    // To the very end, where gzip compares its checksum.
    for (let end = await chunks.next(); !end.done; end = await chunks.next());
    await fed;
  } finally {
    unzipped.destroy();
  }
};
