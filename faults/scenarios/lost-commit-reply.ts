import { setTimeout as pause } from 'node:timers/promises';
import { underLoad } from '../load/under-load.ts';
import type { Scenario } from '../stage.ts';

/** Names of the prepared statements whose outcome then is unknown to the server. */
const statements = ['run-send', 'run-append', 'run-append-end', 'run-claim'];

/** The database has committed, and the news of it is lost on its way back. */
export const lostCommitReply: Scenario = {
  name: 'lost-commit-reply',
  about: 'the reply to a sending, appending, ending or claiming statement is dropped after it was carried out',
  shapes: ['three', 'one'],
  short: ['three', 'one'],
  async play(stage) {
    const { cluster, random, fault, long } = stage;
    await underLoad(
      stage,
      { writers: 5, turns: long ? 10 : 3, model: 'words-40-pace-15', stops: 0.1, repeats: 0.2 },
      async () => {
        for (let round = 0; round < (long ? 8 : 2); round += 1)
          for (const statement of random.shuffle(statements)) {
            const node = random.pick(cluster.nodes);
            fault(`the reply to ${statement} will be lost on its way to ${node.name}`);
            const lost = node.links.database!.loseReply(statement);
            await Promise.race([lost.then(() => fault('it was')), pause(1_500)]);
          }
      },
    );
  },
};
