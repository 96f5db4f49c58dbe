import { setTimeout as pause } from 'node:timers/promises';
import type { Scenario } from '../stage.ts';

/** A new version is rolled out while everybody talks. */
export const rollingRestart: Scenario = {
  name: 'rolling-restart',
  about: 'each process in turn gets SIGTERM and is started again, with streams open on all of them',
  shapes: ['three'],
  short: ['three'],
  cluster: { settings: { SHUTDOWN_GRACE_SECONDS: '10' } },
  async play({ cluster, people, random, long, fault, broken }) {
    const streams = long ? 200 : 30;
    let over = false;
    const chats = await Promise.all(Array.from({ length: streams }, () => people.chat('words-60-pace-40')));
    // Each conversation has an open stream at any time: the next question follows at once.
    const talk = async (index: number): Promise<void> => {
      await pause(random.integer(0, 2_000));
      while (!over) {
        const sent = await people.write(chats[index]!);
        if (!sent) return broken('a question was refused during a rolling restart');
        const viewing = people.view(sent.run);
        await viewing.done;
        if (viewing.status() !== 'completed') broken(`a run was ${viewing.status()} by a rolling restart`);
      }
    };
    const talking = Promise.all(chats.map((_chat, index) => talk(index)));
    await pause(1_500);
    for (let restart = 0; restart < (long ? 20 : 3); restart += 1) {
      const node = cluster.nodes[restart % cluster.nodes.length]!;
      fault(`SIGTERM of ${node.name}`);
      const code = await node.stop();
      if (code !== 0) broken(`${node.name} ended with ${code} after SIGTERM`);
      await node.start();
      fault(`${node.name} is back`);
    }
    over = true;
    await talking;
  },
};
