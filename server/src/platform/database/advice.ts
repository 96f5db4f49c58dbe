import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Beyond these an installation should be on PostgreSQL. */
const largeBytes = 2 * 2 ** 30;
const slowMs = 50;
const slowMinutes = 5;

/** Watches whether the embedded database is still the right one, minute by minute. */
export const createAdvice = () => {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  let slow = 0;
  let bytes = 0;
  return {
    /** At the end of a minute, with the present size of the database. */
    observe(size: number): void {
      // What the histogram counts holds the interval of its own timer.
      slow = delay.percentile(99) / 1e6 - 10 > slowMs ? slow + 1 : 0;
      delay.reset();
      bytes = size;
    },
    /** A sentence for each reason to move. */
    warnings: (): string[] => [
      ...(bytes > largeBytes
        ? [`the database has ${(bytes / 2 ** 30).toFixed(1)} GB, the embedded one is made for ${largeBytes / 2 ** 30}`]
        : []),
      ...(slow >= slowMinutes
        ? [`requests have waited over ${slowMs} ms for the embedded database in each of the last ${slow} minutes`]
        : []),
    ],
    stop: () => delay.disable(),
  };
};
