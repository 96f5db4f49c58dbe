import { driveFor } from '../load/drive.ts';
import { readTree } from '../process-tree.ts';
import type { Measure } from './measure.ts';

const words = 200;
// About one event a write, as real models send them: in one piece a proxy would have next to nothing to do.
const pieceBytes = 130;
const leadInMs = 300;

/** Answers at full speed: chats per CPU-second, CPU per token, and what each chat costs the database. */
export const measureChats: Measure = async ({ targets, plan, record }) => {
  const { concurrency, rounds, roundMs, warmUpMs } = plan;
  for (const target of targets) {
    await target.use(`words-${words}-split-${pieceBytes}`);
    const { chats, errors } = await driveFor(target, { words, concurrency, ms: warmUpMs });
    record.fault(target.name, chats, errors);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const target of targets) {
      // While others had their turn, connections may have been closed.
      await driveFor(target, { words, concurrency, ms: leadInMs });
      const statements = await target.statements?.();
      const database = await target.databaseUse?.();
      const cpu = target.rootPid === null ? null : readTree(target.rootPid).cpuSeconds;
      const began = performance.now();
      const { chats, errors } = await driveFor(target, { words, concurrency, ms: roundMs });
      const seconds = (performance.now() - began) / 1000;
      record.fault(target.name, chats, errors);
      const good = chats - errors.length;
      record.add('chats per second', 'chats/s', target.name, good / seconds);
      if (cpu !== null && target.rootPid !== null) {
        const used = readTree(target.rootPid).cpuSeconds - cpu;
        record.add('chats per CPU-second', 'chats/CPU-s', target.name, good / used);
        record.add('CPU per token, full speed', 'µs', target.name, (used / (good * words)) * 1e6);
      }
      const databaseNow = await target.databaseUse?.();
      if (database && databaseNow) {
        const perChat = (after: number, before: number): number => ((after - before) / good) * 1000;
        record.add('database CPU per chat', 'ms', target.name, perChat(databaseNow.backends, database.backends));
        record.add('whole database server per chat', 'ms', target.name, perChat(databaseNow.whole, database.whole));
      }
      const statementsNow = await target.statements?.();
      if (statements !== undefined && statementsNow !== undefined)
        record.add('statements per chat', '', target.name, (statementsNow - statements) / good);
    }
  }
};
