import { monitorEventLoopDelay } from 'node:perf_hooks';
import { PGlite } from '@electric-sql/pglite';

// Loaded before the server (`node --import`): tells its parent how long the event loop stood still, and each statement's share.
const resolutionMs = 1;
const delay = monitorEventLoopDelay({ resolution: resolutionMs });
delay.enable();
let statements: number[] = [];

const exec = PGlite.prototype.execProtocolStream;
PGlite.prototype.execProtocolStream = async function watched(...parameters: Parameters<typeof exec>) {
  const began = performance.now();
  try {
    return await exec.apply(this, parameters);
  } finally {
    statements.push(performance.now() - began);
  }
};

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

process.on('message', () => {
  const sorted = statements.toSorted((a, b) => a - b);
  process.send?.({
    loop: [delay.percentile(50), delay.percentile(99), delay.max].map((nanos) => nanos / 1e6 - resolutionMs),
    statements: sorted.length,
    statement: [at(sorted, 0.5), at(sorted, 0.99), sorted.at(-1) ?? 0],
  });
  delay.reset();
  statements = [];
});
process.channel?.unref();
