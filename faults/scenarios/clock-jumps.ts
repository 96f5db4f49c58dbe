import { setTimeout as pause } from 'node:timers/promises';
import { clocksMissing } from '../cluster/clocks.ts';
import { underLoad } from '../load/under-load.ts';
import type { Scenario } from '../stage.ts';

/** Somebody sets a clock, or it is corrected: by an hour, forth and back, at one process or at the database. */
export const clockJumps: Scenario = {
  name: 'clock-jumps',
  about: 'the wall clock of a server or of the database jumps by an hour in either direction',
  shapes: ['three', 'one', 'embedded'],
  short: [],
  cluster: { clocks: true },
  missing: clocksMissing,
  async play(stage) {
    const { cluster, random, long, fault } = stage;
    const names = [...cluster.nodes.map(({ name }) => name), ...(cluster.postgres ? ['database'] : [])];
    await underLoad(stage, { writers: 4, turns: long ? 6 : 4, model: 'words-80-pace-20' }, async () => {
      for (let jump = 0; jump < (long ? 8 : 3); jump += 1) {
        await pause(random.integer(500, 2_000));
        const name = random.pick(names);
        const offset = random.pick([3_600, -3_600, 0]);
        fault(`clock of ${name}: ${offset} s`);
        cluster.clocks!.set(name, offset);
      }
      await pause(2_000);
      for (const name of names) cluster.clocks!.set(name, 0);
    });
  },
};
