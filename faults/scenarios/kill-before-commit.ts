import { setTimeout as pause } from 'node:timers/promises';
import { fakeText } from '../../server/src/testing/fake-model.ts';
import type { Scenario } from '../stage.ts';

/** Words have arrived and cannot be committed when the process dies: nobody may have seen them. */
export const killBeforeCommit: Scenario = {
  name: 'kill-before-commit',
  about: 'kill -9 while the link to the database is held and the provider goes on talking',
  shapes: ['one'],
  short: ['one'],
  async play({ cluster, people, random, fault }) {
    const [node] = cluster.nodes;
    const chats = await Promise.all(Array.from({ length: 3 }, () => people.chat('words-20-hold-after-5')));
    const sent = await Promise.all(chats.map((chat) => people.write(chat)));
    const viewings = sent.map((one) => people.view(one!.run));
    await Promise.all(viewings.map((viewing) => viewing.reads(fakeText(5).length)));
    fault('nothing reaches the database, and the provider goes on');
    node!.links.database!.hold(['there']);
    cluster.provider.fake.release();
    await pause(random.integer(300, 900));
    fault('kill -9');
    await node!.kill();
    // What was on its way to the database dies with the process.
    node!.links.database!.cut();
    node!.links.database!.heal();
    await node!.start();
  },
};
