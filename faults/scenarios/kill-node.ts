import { setTimeout as pause } from 'node:timers/promises';
import { underLoad } from '../load/under-load.ts';
import type { Scenario } from '../stage.ts';

/** A process dies in the middle of everything, and comes back. */
export const killNode: Scenario = {
  name: 'kill-node',
  about: 'kill -9 of a random process under load, which is then started again',
  shapes: ['three', 'one', 'embedded'],
  short: ['three'],
  async play(stage) {
    await underLoad(
      stage,
      { writers: 6, turns: stage.long ? 6 : 2, model: 'words-60-pace-20', stops: 0.15, repeats: 0.15 },
      async () => {
        for (let round = 0; round < (stage.long ? 4 : 1); round += 1) {
          const victim = stage.random.pick(stage.cluster.nodes);
          await pause(stage.random.integer(300, 1_500));
          stage.fault(`kill -9 of ${victim.name}`);
          await victim.kill();
          await pause(stage.random.integer(0, 500));
          await victim.start();
          stage.fault(`${victim.name} is back`);
        }
      },
    );
  },
};
