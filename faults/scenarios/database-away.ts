import { setTimeout as pause } from 'node:timers/promises';
import { underLoad } from '../load/under-load.ts';
import type { Scenario } from '../stage.ts';

/** The database is stopped, crashes, or fails over: connections break and it is away for a while. */
export const databaseAway: Scenario = {
  name: 'database-away',
  about: 'restarts of the database under load: in order, at once, and by kill -9',
  shapes: ['three', 'one'],
  short: ['three'],
  async play(stage) {
    const { cluster, random, fault, long } = stage;
    const ways = ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const;
    await underLoad(stage, { writers: 5, turns: long ? 6 : 3, model: 'words-80-pace-20' }, async () => {
      for (let round = 0; round < (long ? 3 : 1); round += 1)
        for (const signal of random.shuffle(ways)) {
          await pause(random.integer(400, 1_200));
          fault(`${signal} of the database`);
          await cluster.postgres!.end(signal);
          await pause(random.integer(0, 1_500));
          await cluster.postgres!.start();
          fault('the database is back');
        }
    });
  },
};
