/** What has to be undone, latest first, however the run ends. */
export interface Cleanup {
  add(what: string, undo: () => Promise<void> | void): void;
  run(): Promise<void>;
}

const limitMs = 15_000;

export const createCleanup = (): Cleanup => {
  const steps: { what: string; undo: () => Promise<void> | void }[] = [];
  let running: Promise<void> | null = null;

  const undoAll = async (): Promise<void> => {
    for (let step = steps.pop(); step; step = steps.pop()) {
      const { what, undo } = step;
      const tooLate = Promise.withResolvers<never>();
      const timer = setTimeout(() => tooLate.reject(new Error('took too long')), limitMs);
      try {
        await Promise.race([undo(), tooLate.promise]);
      } catch (error) {
        process.stderr.write(`bench: ${what}: ${String(error)}\n`);
      } finally {
        clearTimeout(timer);
      }
    }
  };

  return {
    add: (what, undo) => void steps.push({ what, undo }),
    run: () => (running ??= undoAll()),
  };
};
