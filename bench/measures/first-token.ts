import { setTimeout as pause } from 'node:timers/promises';
import { ask } from '../load/chat.ts';
import { expectWords } from '../load/answer-reader.ts';
import { quantile } from '../series.ts';
import type { Measure } from './measure.ts';

const words = 20;
const pauseMs = 10;
const warmUpChats = 10;
const groups = 3;

/** One chat at a time: how much later than from the model itself the first text arrives. */
export const measureFirstToken: Measure = async ({ targets, plan, record }) => {
  const expected = expectWords(words);
  const times = new Map(targets.map((target) => [target.name, [] as number[]]));
  for (const target of targets) await target.use(`words-${words}`);
  for (let chat = -warmUpChats; chat < plan.firstTokenChats; chat += 1) {
    for (const target of targets) {
      const { error, firstTextMs } = await ask(target.pool, target.chat(), expected);
      record.fault(target.name, 1, error === null ? [] : [error]);
      if (error === null && chat >= 0) times.get(target.name)!.push(firstTextMs);
      await pause(pauseMs);
    }
  }
  const size = Math.ceil(plan.firstTokenChats / groups);
  for (let group = 0; group < groups; group += 1) {
    const of = (name: string): number[] => (times.get(name) ?? []).slice(group * size, (group + 1) * size);
    for (const { name } of targets) {
      for (const [label, share] of [['p50', 0.5] as const, ['p95', 0.95] as const]) {
        if (name === 'direct') record.add(`first text from the model, ${label}`, 'ms', name, quantile(of(name), share));
        else if (times.has('direct'))
          record.add(
            `added to first text, ${label}`,
            'ms',
            name,
            quantile(of(name), share) - quantile(of('direct'), share),
          );
      }
    }
  }
};
