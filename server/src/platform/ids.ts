import { createHash, randomBytes, randomUUID } from 'node:crypto';

let lastMs = 0;
let counter = 0;

/** Milliseconds and a 12-bit counter that together never go back or repeat in this process. */
const nextTick = (now: number): { ms: number; count: number } => {
  if (now > lastMs) {
    lastMs = now;
    counter = randomBytes(1)[0]!;
  } else if (counter < 0xfff) counter += 1;
  else {
    lastMs += 1;
    counter = 0;
  }
  return { ms: lastMs, count: counter };
};

/** UUID version 7 with a counter (RFC 9562 §5.7, §6.2 method 1): sorts by creation, also within a millisecond. */
export const newId = (): string => {
  const { ms, count } = nextTick(Date.now());
  const time = ms.toString(16).padStart(12, '0');
  // The second half of a random UUID has the variant and 62 random bits, and node keeps those in stock.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count.toString(16).padStart(3, '0')}${randomUUID().slice(18)}`;
};

/** A secret of 256 random bits in base64url (43 characters). */
export const newToken = (): string => randomBytes(32).toString('base64url');

export const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');
