import { setTimeout as pause } from 'node:timers/promises';
import { fakeText } from '../../server/src/testing/fake-model.ts';
import { redisMissing } from '../cluster/own-redis.ts';
import type { Scenario } from '../stage.ts';

const words = 30;
/** The promise is one second more than usual; the rest is for a busy machine. */
const latestMs = 4_000;

/** The broker that wakes the other nodes dies at the worst moment: the news of the end is lost. */
export const redisGone: Scenario = {
  name: 'redis-gone',
  about: 'Redis is killed exactly at the last word; viewers on all nodes must see the end, and Redis may stay away',
  shapes: ['three', 'one'],
  short: ['three'],
  missing: redisMissing,
  async play({ cluster, people, long, fault, broken }) {
    const { fake } = cluster.provider;
    for (let round = 0; round < (long ? 6 : 2); round += 1) {
      await cluster.redis!.start();
      const chats = await Promise.all(
        Array.from({ length: 3 }, () => people.chat(`words-${words}-hold-after-${words}`)),
      );
      const sent = await Promise.all(chats.map((chat) => people.write(chat)));
      const viewings = sent.flatMap((one) => cluster.nodes.map((node) => people.view(one!.run, { at: node })));
      await Promise.all(viewings.map((viewing) => viewing.reads(fakeText(words).length)));
      fault('Redis is killed, then the provider says the end');
      await cluster.redis!.kill();
      fake.release();
      const all = Promise.all(viewings.map(({ done }) => done)).then(() => true);
      if (!(await Promise.race([all, pause(latestMs, false)])))
        broken(`without Redis a viewer has not seen the end after ${latestMs} ms`);
      // And a whole question without it.
      const chat = await people.chat('words-20-pace-10');
      const next = await people.write(chat);
      await Promise.all(cluster.nodes.map((node) => people.view(next!.run, { at: node }).done));
    }
  },
};
