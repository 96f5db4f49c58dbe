import { driveFor } from '../load/drive.ts';
import { readTree } from '../process-tree.ts';
import type { Target } from '../targets/target.ts';
import type { Bench, Measure } from './measure.ts';

const words = 200;
const leadInMs = 300;

/**
 * How the model sends an answer at full speed. `by event` is what real models do: one write an event, of about that many
 * bytes. `in one piece` leaves a proxy next to nothing to do, and shows what a chat costs beside its tokens.
 */
const manners = [
  { manner: 'by event', model: `words-${words}-split-130` },
  { manner: 'in one piece', model: `words-${words}` },
] as const;

/** One target's turn: what it did in `roundMs`, and what that cost. */
const measureRound = async (
  target: Target,
  manner: string,
  { plan: { concurrency, roundMs }, record }: Pick<Bench, 'plan' | 'record'>,
): Promise<void> => {
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
  const add = (what: string, unit: string, value: number): void =>
    record.add(`${what}, ${manner}`, unit, target.name, value);
  add('chats per second', 'chats/s', good / seconds);
  if (cpu !== null && target.rootPid !== null) {
    const used = readTree(target.rootPid).cpuSeconds - cpu;
    add('chats per CPU-second', 'chats/CPU-s', good / used);
    add('CPU per token', 'µs', (used / (good * words)) * 1e6);
  }
  const databaseNow = await target.databaseUse?.();
  if (database && databaseNow) {
    const perChat = (after: number, before: number): number => ((after - before) / good) * 1000;
    add('database CPU per chat', 'ms', perChat(databaseNow.backends, database.backends));
    add('whole database server per chat', 'ms', perChat(databaseNow.whole, database.whole));
  }
  const statementsNow = await target.statements?.();
  if (statements !== undefined && statementsNow !== undefined)
    add('statements per chat', '', (statementsNow - statements) / good);
};

/** Answers at full speed: chats per CPU-second, CPU per token, and what each chat costs the database. */
export const measureChats: Measure = async ({ targets, plan, record }) => {
  const { concurrency, rounds, warmUpMs } = plan;
  for (const { manner, model } of manners) {
    for (const target of targets) {
      await target.use(model);
      const { chats, errors } = await driveFor(target, { words, concurrency, ms: warmUpMs });
      record.fault(target.name, chats, errors);
    }
    for (let round = 0; round < rounds; round += 1)
      for (const target of targets) await measureRound(target, manner, { plan, record });
  }
};
