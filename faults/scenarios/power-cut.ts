import { cpSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fakeText } from '../../server/src/testing/fake-model.ts';
import type { Scenario } from '../stage.ts';

/** The machine loses power: what was written and not yet fsynced is gone. */
export const powerCut: Scenario = {
  name: 'power-cut',
  about: 'the process dies and its folder is put back to what fsync had made durable',
  shapes: ['embedded'],
  short: ['embedded'],
  cluster: { durableCopy: true },
  async play({ cluster, people, random, long, fault }) {
    const [node] = cluster.nodes;
    const database = join(node!.dataDir, 'database');
    const durable = `${database}-durable`;
    const held = await people.chat('words-20-hold-after-9');
    const chats = await Promise.all(Array.from({ length: 4 }, () => people.chat('words-30')));
    for (let cut = 0; cut < (long ? 5 : 1); cut += 1) {
      await node!.stop();
      cpSync(database, durable, { recursive: true });
      await node!.start();
      for (const chat of random.shuffle(chats)) {
        const sent = await people.write(chat);
        await people.view(sent!.run).done;
      }
      const sent = await people.write(held);
      await people.view(sent!.run).reads(fakeText(9).length);
      fault('the power is cut');
      await node!.kill();
      rmSync(database, { recursive: true });
      renameSync(durable, database);
      await node!.start();
      cluster.provider.fake.release();
    }
  },
};
