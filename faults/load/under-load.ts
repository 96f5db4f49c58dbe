import { setTimeout as pause } from 'node:timers/promises';
import type { Stage } from '../stage.ts';

export interface Load {
  /** Conversations in which somebody writes, one question after the other. */
  writers: number;
  turns: number;
  model: string;
  /** Of each run, besides the one that always watches; default 1. */
  moreViewers?: number;
  /** Part of the runs that somebody stops; default none. */
  stops?: number;
  /** Part of the questions that are answered once more; default none. */
  repeats?: number;
}

/** Lets people write, watch and stop while `strike` does its work; resolves when both are done. */
export const underLoad = async (stage: Stage, load: Load, strike: () => Promise<void>): Promise<void> => {
  const { people, random } = stage;
  const { writers, turns, model, moreViewers = 1, stops = 0, repeats = 0 } = load;
  const chats = await Promise.all(Array.from({ length: writers }, () => people.chat(model)));
  const writer = async (index: number): Promise<void> => {
    await pause(index * 40);
    for (let turn = 0; turn < turns; turn += 1) {
      const sent = await people.write(chats[index]!);
      if (!sent) continue;
      const viewings = Array.from({ length: 1 + moreViewers }, () => people.view(sent.run));
      if (random.chance(stops)) {
        await pause(random.integer(50, 800));
        await people.stop(sent.run).catch(() => {});
      }
      if (random.chance(repeats)) {
        const again = await people.answerAgain(chats[index]!, sent.message);
        if (again) people.view(again.run);
      }
      // The next question follows when this one is answered, or meets it while it is answered.
      if (random.chance(0.7)) await viewings[0]!.done;
      else await pause(random.integer(100, 600));
    }
  };
  const writing = Promise.all(chats.map((_chat, index) => writer(index)));
  await strike();
  await stage.cluster.heal();
  await writing;
};
