/** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it aborts. */
export function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

type Page = EventTarget & { visibilityState: string };

/** The page that this runs in; outside browsers there is none. */
const pageOrNull = (): Page | null => (globalThis as { document?: Page }).document ?? null;

/** Calls back when the browser is online again. */
export function onOnline(listener: () => void): () => void {
  if (pageOrNull() === null) return () => undefined;
  const window = globalThis as unknown as EventTarget;
  window.addEventListener('online', listener);
  return () => window.removeEventListener('online', listener);
}

/** Calls back when trying again at once has become worth it: the browser is online again, or its page at the front. */
function onWake(listener: () => void): () => void {
  const page = pageOrNull();
  const onVisibility = () => {
    if (page?.visibilityState === 'visible') listener();
  };
  const forgetOnline = onOnline(listener);
  page?.addEventListener('visibilitychange', onVisibility);
  return () => {
    forgetOnline();
    page?.removeEventListener('visibilitychange', onVisibility);
  };
}

/** Like `wait`, but no longer than until the browser comes back online or its page to the front. */
export async function waitOrWake(ms: number, signal?: AbortSignal): Promise<void> {
  const woken = new AbortController();
  const forget = onWake(() => woken.abort());
  try {
    await wait(ms, signal === undefined ? woken.signal : AbortSignal.any([signal, woken.signal]));
  } catch (reason) {
    if (signal?.aborted === true || !woken.signal.aborted) throw reason;
  } finally {
    forget();
  }
}

/** Between three quarters and five quarters of it, so that those who began together do not go on together. */
export const spread = (ms: number): number => ms * (0.75 + Math.random() / 2);

/** The n-th delay (from 0): at least what the server asked for, and up to the doubling backoff of it ("full jitter"). */
export function fullJitter(askedMs: number, firstMs: number, n: number, maxMs: number): number {
  const ceiling = Math.max(askedMs, Math.min(maxMs, (askedMs || firstMs) * 2 ** Math.min(n, 30)));
  return askedMs + Math.random() * (ceiling - askedMs);
}

/** The n-th delay (from 0) of a doubling backoff: between half of it and all of it, so that clients spread out. */
export function backoff(baseMs: number, n: number, maxMs: number): number {
  return Math.min(maxMs, baseMs * 2 ** Math.min(n, 30)) * (0.5 + Math.random() / 2);
}
