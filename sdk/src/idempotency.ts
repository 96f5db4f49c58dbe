import { ParleyError } from './errors.ts';
import { backoff, wait } from './wait.ts';

const resends = 3;
const baseDelayMs = 250;
const maxDelayMs = 10_000;

/** Options of a call that creates something at most once. */
export interface SendOptions {
  /** Makes this send the same as an earlier one, for example after a page reload; chosen by the SDK when left out. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** A random UUID (version 4), also where `crypto.randomUUID` is missing: pages served over plain http. */
function newKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function mayResend(error: unknown): error is ParleyError {
  if (!(error instanceof ParleyError)) return false;
  return error.code === 'network' || error.status === 502 || error.status === 503 || error.status === 504;
}

/**
 * Runs a send with one idempotency key, again after a broken connection or an unavailable server (at most three times),
 * so that the server acts once however often the request arrives. A longer `Retry-After` than 10 s is left to the caller.
 */
export async function sendOnce<T>(
  send: (headers: Record<string, string>) => Promise<T>,
  options: SendOptions = {},
): Promise<T> {
  const headers = { 'Idempotency-Key': options.idempotencyKey ?? newKey() };
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await send(headers);
    } catch (error) {
      const askedMs = error instanceof ParleyError ? (error.retryAfter ?? 0) * 1000 : 0;
      if (attempt === resends || askedMs > maxDelayMs || !mayResend(error)) throw error;
      await wait(askedMs + backoff(baseDelayMs, attempt, maxDelayMs), options.signal);
    }
  }
}
