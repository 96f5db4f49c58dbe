import { Counter, Gauge, type Registry } from 'prom-client';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { defineJob, type AnyJob } from '../jobs.ts';
import type { Logger } from '../log.ts';
import { createAdvice } from './advice.ts';
import { listBackups, type Reason } from './backup-file.ts';
import { nameOf, takeBackup, type Backup } from './backup.ts';
import type { Database } from './connect.ts';
import { listenForBackups } from './control-socket.ts';
import type { OnDisk } from './embedded.ts';

/** What a database server does by itself and the embedded one does not: backups, checkpoints, vacuum, a full disk. */
export interface Housekeeping {
  jobs: readonly AnyJob[];
  /** Starts what runs by the clock, and listens for `npm run backup`. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Makes a backup; null where there is no embedded database on disk. */
  backup(reason: Reason, masterKey?: boolean): Promise<Backup | null>;
  /** What its operator should know now. */
  warnings(): string[];
}

const diskWatchMs = 1_000;
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const checkpointBytes = 16 * 2 ** 20;
const checkpointMs = 5 * minuteMs;

const none: Housekeeping = {
  jobs: [],
  start: async () => {},
  stop: async () => {},
  backup: async () => null,
  warnings: () => [],
};

const number = async (database: Database, text: string): Promise<number> =>
  Number(Object.values((await database.raw(text, []))[0]!)[0]);

/** In single-user mode PostgreSQL never checkpoints by itself: its log would grow, and with it the next start's work. */
const createCheckpoints = (database: Database, now: () => number) => {
  let done = { at: now(), position: 0 };
  return async (): Promise<void> => {
    const position = await number(database, `select pg_current_wal_insert_lsn() - '0/0'::pg_lsn`);
    const grown = position - done.position;
    if (grown < checkpointBytes && (grown === 0 || now() - done.at < checkpointMs)) return;
    await database.raw('checkpoint', []);
    done = { at: now(), position: await number(database, `select pg_current_wal_insert_lsn() - '0/0'::pg_lsn`) };
  };
};

/** Nor does it vacuum: the rows of purged logs would never be used again. */
const vacuum = async (database: Database): Promise<void> => {
  await database.raw('select pg_stat_force_next_flush()', []);
  const tables = (await database.raw(
    `select format('%I.%I', schemaname, relname) as name from pg_stat_user_tables
     where n_dead_tup > 1000 and n_dead_tup > n_live_tup / 10 or n_mod_since_analyze > 1000 and n_mod_since_analyze > n_live_tup / 10`,
    [],
  )) as { name: string }[];
  for (const { name } of tables) await database.raw(`vacuum (analyze) ${name}`, []);
};

/** Refuses to write when the disk is full, while reads go on, and takes it back when there is room. */
const createDiskWatch = (database: Database, { dataDir, space }: OnDisk, log: Logger) => {
  let readOnly = false;
  return {
    isReadOnly: () => readOnly,
    async look(): Promise<void> {
      if (readOnly) space.restore();
      const full = space.isFull();
      if (full === readOnly) return;
      readOnly = full;
      try {
        await database.raw(`set default_transaction_read_only = ${full ? 'on' : 'off'}`, []);
      } catch (error) {
        readOnly = !full;
        throw error;
      }
      if (full) log.error({ dataDir }, 'the disk is full: nothing is written until there is room');
      else log.info({ dataDir }, 'the disk has room again: writing goes on');
    },
  };
};

/** One look after the other, never two at once; a look that fails is said and tried again. */
const repeat = (everyMs: number, look: () => Promise<void>, log: Logger) => {
  let running: Promise<void> = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    running = look()
      .catch((error: unknown) => log.warn({ cause: String(error) }, 'housekeeping of the database failed'))
      .finally(() => (busy = false));
  }, everyMs);
  timer.unref();
  return async (): Promise<void> => {
    clearInterval(timer);
    await running;
  };
};

/** Looks after the embedded database on disk; does nothing on PostgreSQL, which looks after itself. */
export const createHousekeeping = (deps: {
  database: Database;
  registry: Registry;
  version: string;
  clock: Clock;
  log: Logger;
}): Housekeeping => {
  const { database, clock, log } = deps;
  const disk = database.disk;
  if (!disk) return none;
  const { dataDir } = disk;
  const now = (): number => clock.now().getTime();
  const registers = [deps.registry];
  const counter = new Counter({
    name: 'parley_backups_total',
    help: 'Backups of the embedded database',
    labelNames: ['outcome'],
    registers,
  });
  const bytes = new Gauge({ name: 'parley_database_bytes', help: 'Size of the embedded database', registers });
  const diskWatch = createDiskWatch(database, disk, log);
  new Gauge({
    name: 'parley_disk_full',
    help: '1 while the embedded database does not write',
    registers,
    collect() {
      this.set(diskWatch.isReadOnly() ? 1 : 0);
    },
  });
  const advice = createAdvice();
  const said = new Map<string, number>();
  let turn: Promise<unknown> = Promise.resolve();
  let stops: (() => Promise<void>)[] = [];

  /** A checkpoint removes log that a backup still needs, so each waits for the other. */
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work, work);
    turn = result.catch(() => {});
    return result;
  };

  const backup = (reason: Reason, masterKey = true): Promise<Backup> =>
    alone(async () => {
      try {
        const made = await takeBackup({
          database,
          dataDir,
          reason,
          masterKey,
          version: deps.version,
          now: clock.now(),
        });
        counter.inc({ outcome: 'made' });
        log.info({ backup: nameOf(made), bytes: made.bytes, seconds: made.seconds }, 'backup made');
        return made;
      } catch (error) {
        counter.inc({ outcome: 'failed' });
        log.error({ cause: String(error) }, 'backup failed');
        throw error;
      }
    });

  const observe = async (): Promise<void> => {
    const size = await number(database, 'select pg_database_size(current_database())');
    bytes.set(size);
    advice.observe(size);
    for (const warning of advice.warnings()) {
      const kind = warning.split(' ', 2).join(' ');
      if (now() - (said.get(kind) ?? -dayMs) < dayMs) continue;
      said.set(kind, now());
      log.warn(`${warning}; move to PostgreSQL with npm run migrate-to-postgres`);
    }
  };

  const checkpoint = createCheckpoints(database, now);
  return {
    jobs: [
      // Every hour, so that a machine that is on by day only has its backup too.
      defineJob({
        name: 'database.backup',
        schema: z.object({}),
        cron: '7 * * * *',
        retryLimit: 0,
        async run() {
          const [newest] = (await listBackups(dataDir)).filter(({ reason }) => reason === 'daily');
          if (!newest || now() - newest.madeAt.getTime() > dayMs - 30 * minuteMs) await backup('daily');
        },
      }),
      defineJob({
        name: 'database.vacuum',
        schema: z.object({}),
        cron: '37 * * * *',
        retryLimit: 0,
        run: () => vacuum(database),
      }),
    ],
    async start() {
      stops = [
        repeat(diskWatchMs, diskWatch.look, log),
        repeat(minuteMs / 6, () => alone(checkpoint), log),
        repeat(minuteMs, observe, log),
      ];
      // As the next statement, not after a second of further ones.
      disk.space.onNeed(() => void diskWatch.look().catch(() => {}));
      await diskWatch.look();
      await observe();
      try {
        const socket = await listenForBackups(dataDir, (masterKey) => backup('manual', masterKey));
        stops.push(() => socket.close());
      } catch (error) {
        log.warn({ cause: String(error) }, 'npm run backup cannot ask this server; stop it for a backup');
      }
    },
    async stop() {
      disk.space.onNeed(() => {});
      for (const stop of stops.splice(0)) await stop();
      await turn;
      advice.stop();
    },
    backup,
    warnings: () => [
      ...(diskWatch.isReadOnly() ? ['the disk is full: nothing is written until there is room'] : []),
      ...advice.warnings(),
    ],
  };
};
