import { holdStreams } from '../load/drive.ts';
import { readTree } from '../process-tree.ts';
import type { Measure } from './measure.ts';

const paceMs = 20;

/** Answers at the pace of a real model: CPU per token, sending and storing included. */
export const measurePaced: Measure = async ({ targets, plan, record }) => {
  const { pacedStreams: streams, pacedWords: words } = plan;
  const hold = { streams, words, spreadMs: 1_000, sampleMs: 1_000, sample: () => null };
  for (const target of targets) {
    await target.use(`words-${words}-pace-${paceMs}`);
    const { chats, errors } = await holdStreams(target, { ...hold, streams: Math.ceil(streams / 4), spreadMs: 200 });
    record.fault(target.name, chats, errors);
  }
  for (let round = 0; round < plan.pacedRounds; round += 1) {
    for (const target of targets) {
      const statements = await target.statements?.();
      const cpu = target.rootPid === null ? 0 : readTree(target.rootPid).cpuSeconds;
      const { chats, errors, words: seen } = await holdStreams(target, hold);
      record.fault(target.name, chats, errors);
      if (target.rootPid !== null) {
        const used = readTree(target.rootPid).cpuSeconds - cpu;
        record.add(`CPU per token, ${streams} streams paced`, 'µs', target.name, (used / seen) * 1e6);
      }
      const statementsNow = await target.statements?.();
      if (statements !== undefined && statementsNow !== undefined)
        record.add('statements per chat, paced', '', target.name, (statementsNow - statements) / chats);
    }
  }
};
