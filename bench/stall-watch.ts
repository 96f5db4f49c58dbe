import { monitorEventLoopDelay } from 'node:perf_hooks';
import { PGlite } from '@electric-sql/pglite';

// Loaded before the server (`node --import`): tells its parent how long the event loop stood still, and what each call into
// the database took of the processor, which does not depend on what else the machine does.
const resolutionMs = 1;
const delay = monitorEventLoopDelay({ resolution: resolutionMs });
delay.enable();
let calls: number[] = [];

const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
const exec = PGlite.prototype.execProtocolRawSync;
PGlite.prototype.execProtocolRawSync = function watched(message: Uint8Array): Uint8Array {
  const began = cpuMs();
  const answer = exec.call(this, message);
  calls.push(cpuMs() - began);
  return answer;
};

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

process.on('message', () => {
  const sorted = calls.toSorted((a, b) => a - b);
  process.send?.({
    loop: [delay.percentile(50), delay.percentile(99), delay.max].map((nanos) => nanos / 1e6 - resolutionMs),
    calls: sorted.length,
    cpu: [at(sorted, 0.5), at(sorted, 0.99), sorted.at(-1) ?? 0],
  });
  delay.reset();
  calls = [];
});
process.channel?.unref();
