import { setTimeout as pause } from 'node:timers/promises';
import { driveFor, holdStreams, type Sample } from '../load/drive.ts';
import { readTree } from '../process-tree.ts';
import { median } from '../series.ts';
import type { Target } from '../targets/target.ts';
import type { Measure } from './measure.ts';

const paceMs = 20;
const sampleMs = 250;
const streamsPerSecond = 250;
const restMs = 1_500;

/** Streams that all live together for `holdMs`, with the memory of the target as samples. */
const holdTogether = (target: Target, streams: number, holdMs: number) => {
  const spreadMs = (streams / streamsPerSecond) * 1000;
  // Some slack for the last streams to begin.
  const words = Math.ceil((1.5 * spreadMs + holdMs) / paceMs);
  const { rootPid } = target;
  return {
    model: `words-${words}-pace-${paceMs}`,
    run: () =>
      holdStreams(target, {
        streams,
        words,
        spreadMs,
        sampleMs,
        sample: () => (rootPid === null ? 0 : readTree(rootPid).rssBytes),
      }),
  };
};

const live = (samples: readonly Sample<number>[]): Sample<number>[] => samples.filter(({ allLive }) => allLive);

/** Resident memory of the process tree for each live stream, on servers that have done little before. */
export const measureMemory: Measure = async ({ targets, plan, record }) => {
  const { memoryStreams: streams } = plan;
  for (const target of targets) {
    if (target.rootPid === null) continue;
    await target.use('words-200');
    const warm = await driveFor(target, { words: 200, concurrency: plan.concurrency, ms: 300 });
    const held = holdTogether(target, streams, Math.min(4_000, plan.throughputHoldMs));
    await target.use(held.model);
    await pause(restMs);
    const before = readTree(target.rootPid).rssBytes;
    const { chats, errors, samples } = await held.run();
    record.fault(target.name, warm.chats + chats, [...warm.errors, ...errors]);
    const kib = live(samples).map(({ extra }) => (extra - before) / streams / 1024);
    record.add('memory of the idle server', 'MiB', target.name, before / 1024 ** 2);
    record.add(`memory per live stream, ${streams} streams`, 'KiB', target.name, ...kib);
  }
};

/** Tokens that arrive while all streams live, and what they cost. */
export const measureThroughput: Measure = async ({ targets, plan, record }) => {
  const { throughputStreams: streams } = plan;
  for (const target of targets) {
    const held = holdTogether(target, streams, plan.throughputHoldMs);
    await target.use(held.model);
    const cpu = target.rootPid === null ? 0 : readTree(target.rootPid).cpuSeconds;
    const { chats, errors, samples, words } = await held.run();
    record.fault(target.name, chats, errors);
    const together = live(samples);
    const rates = together.slice(4).map((sample, index) => {
      const earlier = together[index]!;
      return (sample.words - earlier.words) / (sample.seconds - earlier.seconds);
    });
    if (rates.length > 0) record.add(`tokens per second, ${streams} streams`, 'tokens/s', target.name, ...rates);
    else record.note(target.name, `the ${streams} streams never all lived at once`);
    if (target.rootPid === null) continue;
    const used = readTree(target.rootPid).cpuSeconds - cpu;
    record.add(`CPU per token, ${streams} streams paced`, 'µs', target.name, (used / words) * 1e6);
    const rss = median(together.map(({ extra }) => extra)) / 1024 ** 2;
    record.add(`memory with ${streams} streams`, 'MiB', target.name, rss);
  }
};
