/** So many at once; who comes later waits in line. */
export interface Slots {
  isFull(): boolean;
  running(): number;
  waiting(): number;
  /** Takes a slot that is free. */
  take(): void;
  /** Waits for a slot and takes it; rejects with the signal's reason. First come, first served. */
  wait(signal: AbortSignal): Promise<void>;
  release(): void;
}

export const createSlots = (limit: number): Slots => {
  let running = 0;
  const line = new Set<() => void>();
  return {
    isFull: () => running >= limit,
    running: () => running,
    waiting: () => line.size,
    take: () => {
      running += 1;
    },
    wait: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        const called = (): void => {
          signal.removeEventListener('abort', gone);
          resolve();
        };
        const gone = (): void => {
          line.delete(called);
          reject(signal.reason as Error);
        };
        line.add(called);
        signal.addEventListener('abort', gone, { once: true });
      }),
    release: () => {
      const [next] = line;
      if (next === undefined) {
        running -= 1;
        return;
      }
      // The slot goes on from hand to hand, so that nobody who comes now gets in between.
      line.delete(next);
      next();
    },
  };
};
