import { setTimeout as pause } from 'node:timers/promises';
import { smallDiskMissing } from '../cluster/small-disk.ts';
import { ask } from '../load/request.ts';
import { underLoad } from '../load/under-load.ts';
import type { Scenario } from '../stage.ts';

/** The disk that the database writes to is full, at any point, for some seconds. */
export const diskFull: Scenario = {
  name: 'disk-full',
  about: 'the disk of the database is filled to the last byte under load, and freed again',
  shapes: ['embedded', 'one'],
  short: ['embedded'],
  cluster: { diskMebibytes: 400 },
  missing: smallDiskMissing,
  async play(stage) {
    const { cluster, people, random, long, fault, broken } = stage;
    const readable = await people.chat('words-3');
    await people.write(readable);
    await underLoad(stage, { writers: 4, turns: long ? 8 : 4, model: 'words-60-pace-20' }, async () => {
      for (let round = 0; round < (long ? 4 : 1); round += 1) {
        await pause(random.integer(200, 1_500));
        cluster.disk!.fill();
        fault('the disk is full');
        await pause(random.integer(2_000, 4_000));
        const path = `/v1/conversations/${readable.conversation}/messages`;
        const read = await ask(cluster.nodes[0]!.url + path, { headers: cluster.account.headers }).catch(String);
        if (typeof read === 'string' || read.status !== 200)
          broken(`while the disk is full, reading is answered with ${typeof read === 'string' ? read : read.status}`);
        cluster.disk!.free();
        fault('the disk has room');
        await pause(2_000);
      }
    });
  },
};
