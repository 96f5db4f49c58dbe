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

/** The n-th delay (from 0) of a doubling backoff: between half of it and all of it, so that clients spread out. */
export function backoff(baseMs: number, n: number, maxMs: number): number {
  return Math.min(maxMs, baseMs * 2 ** Math.min(n, 30)) * (0.5 + Math.random() / 2);
}
