import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { underLoad } from '../load/under-load.ts';
import type { Scenario, Stage } from '../stage.ts';

const lockTables = async ({ cluster, random, fault }: Stage, seconds: number): Promise<void> => {
  const table = random.pick(['run', 'run_event', 'message', 'idempotency']);
  const client = await cluster.postgres!.connect();
  fault(`${table} is locked`);
  await client.query(`begin; lock table ${table} in access exclusive mode`);
  await pause(seconds * 1_000);
  await client.query('rollback');
  fault(`${table} is free`);
  await client.end();
};

export const tableLocked: Scenario = {
  name: 'table-locked',
  about: 'a table of the log is locked by somebody else for 10 s under load',
  shapes: ['three', 'one'],
  short: ['one'],
  play: (stage) =>
    underLoad(stage, { writers: 4, turns: 2, model: 'words-60-pace-20' }, async () => {
      await pause(stage.random.integer(300, 900));
      await lockTables(stage, stage.long ? 10 : 6);
    }),
};

/** Takes every connection that the database has to give, those of the servers included. */
const takeConnections = async ({ cluster }: Stage): Promise<pg.Client[]> => {
  const taken: pg.Client[] = [];
  for (let round = 0; round < 3; round += 1) {
    await taken[0]?.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'parley'`);
    for (;;) {
      const client = await cluster.postgres!.connect().catch(() => null);
      if (!client) break;
      taken.push(client);
    }
  }
  return taken;
};

export const connectionsExhausted: Scenario = {
  name: 'connections-exhausted',
  about: 'the database has no connection left for anybody for some seconds',
  shapes: ['three', 'one'],
  short: ['one'],
  play: (stage) =>
    underLoad(stage, { writers: 4, turns: 3, model: 'words-60-pace-20' }, async () => {
      await pause(stage.random.integer(300, 900));
      const taken = await takeConnections(stage);
      stage.fault(`${taken.length} connections taken`);
      await pause(stage.long ? 10_000 : 4_000);
      await Promise.all(taken.map((client) => client.end().catch(() => {})));
      stage.fault('connections given back');
    }),
};
