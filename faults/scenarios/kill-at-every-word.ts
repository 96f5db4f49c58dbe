import { setTimeout as pause } from 'node:timers/promises';
import { fakeText } from '../../server/src/testing/fake-model.ts';
import type { Scenario, Stage } from '../stage.ts';

/** Answers that stand at every word of their text when the process dies; then its restarts die as well. */
const atEveryWord = async ({ cluster, people, random, long, fault }: Stage): Promise<void> => {
  const words = long ? 24 : 10;
  const [node] = cluster.nodes;
  const chats = await Promise.all(
    Array.from({ length: words + 1 }, (_none, word) => people.chat(`words-${words}-hold-after-${word}`)),
  );
  const viewings = await Promise.all(
    chats.map(async (chat, word) => {
      const sent = await people.write(chat);
      const viewing = people.view(sent!.run);
      await viewing.reads(fakeText(word).length);
      return viewing;
    }),
  );
  fault('kill -9 with an answer at every word');
  await node!.kill();
  for (let restart = 0; restart < (long ? 6 : 2); restart += 1) {
    node!.launch();
    await pause(random.integer(200, 2_500));
    fault('kill -9 on the way up');
    await node!.kill();
  }
  await node!.start();
  cluster.provider.fake.release();
  await Promise.all(viewings.map(({ done }) => done));
};

/** Kills at a random moment between a request and the end of its answer, edges of its state included. */
const atEveryEdge = async ({ cluster, people, random, long, fault }: Stage): Promise<void> => {
  const [node] = cluster.nodes;
  for (let round = 0; round < (long ? 25 : 2); round += 1) {
    const chats = await Promise.all(Array.from({ length: 3 }, () => people.chat('words-5-pace-10')));
    const writing = chats.map((chat) => people.write(chat));
    await pause(random.integer(0, 120));
    fault('kill -9 around a question');
    await node!.kill();
    await node!.start();
    for (const sent of await Promise.all(writing)) if (sent) people.view(sent.run);
  }
};

export const killAtEveryWord: Scenario = {
  name: 'kill-at-every-word',
  about: 'kill -9 with answers at every word, around every state edge, and again during recovery',
  shapes: ['embedded', 'one'],
  short: ['embedded'],
  async play(stage) {
    await atEveryWord(stage);
    await atEveryEdge(stage);
  },
};
