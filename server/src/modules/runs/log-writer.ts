import { setTimeout as pause } from 'node:timers/promises';
import { isDatabaseAway } from '../../platform/database/faults.ts';
import type { Logger } from '../../platform/log.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { eventFrame, eventJson, type RunEvent, type RunEventData, type RunEventType } from './run-event.ts';
import type { AppendedRow, EndedRow, RunLogStore } from './log-store.ts';

/** A committed event, ready for readers. */
export interface Frame {
  seq: number;
  type: RunEventType;
  text: string;
}

/** A run this process is answering. */
export interface LiveRun {
  readonly id: string;
  readonly epoch: number;
  /** Number of the last event given out, committed or not. */
  lastSeq: number;
  /** Called after the commit with the events that are now durable. */
  committed(frames: readonly Frame[]): void;
  /** Called when another owner has taken the run: nothing of ours was written. */
  lost(): void;
}

/** How a run ended; goes into the log's last event, the run and its message in one statement. */
export type RunEnding = Omit<EndedRow, 'run_id' | 'epoch'>;

/** The one log writer of this process: durable before visible, by group commit. */
export interface LogWriter {
  append<T extends RunEventType>(run: LiveRun, type: T, data: RunEventData[T]): void;
  /** Appends `run-end` and ends run and message with it; resolves when that is durable or the run is lost. */
  end(run: LiveRun, ending: RunEnding): Promise<void>;
  /** Characters of this run that wait for their commit. */
  waiting(run: LiveRun): number;
  /** False while the database does not take appends. */
  healthy(): boolean;
  /** Resolves when nothing of this run waits any more. */
  settled(run: LiveRun): Promise<void>;
}

interface Pending {
  run: LiveRun;
  events: RunEvent[];
  characters: number;
  spoke: boolean;
  ending: RunEnding | null;
  /** Called when all this is durable or the run is lost. */
  done: (() => void)[];
}

const isDelta = (type: RunEventType): type is 'text-delta' | 'reasoning-delta' =>
  type === 'text-delta' || type === 'reasoning-delta';

const textOf = (event: RunEvent): string => (event.data as { text: string }).text;

const firstRetryMs = 50;
const lastRetryMs = 1_000;

/** Makes the log writer; deltas wait at most `flushMs` for their commit. */
export const createLogWriter = (options: {
  store: RunLogStore;
  flushMs: number;
  log: Logger;
  telemetry: Telemetry;
}): LogWriter => {
  const { store, flushMs, log, telemetry } = options;
  const waiting = new Map<LiveRun, Pending>();
  /** Those of them with something that readers should not wait for. The others go on gathering meanwhile. */
  const urgent = new Set<LiveRun>();
  let timer: NodeJS.Timeout | null = null;
  let overdue = false;
  let scheduled = false;
  let flushing = false;
  let failing = false;
  let afterFlush: (() => void)[] = [];

  const schedule = (): void => {
    if (scheduled || flushing) return;
    scheduled = true;
    setImmediate(() => void flush());
  };

  const flushSoon = (run: LiveRun): void => {
    urgent.add(run);
    schedule();
  };

  const flushLater = (): void => {
    timer ??= setTimeout(() => {
      timer = null;
      overdue = true;
      schedule();
    }, flushMs);
  };

  const takeBatch = (): Pending[] => {
    const runs = overdue ? [...waiting.keys()] : [...urgent];
    const batch = runs.map((run) => waiting.get(run)!);
    for (const run of runs) waiting.delete(run);
    urgent.clear();
    overdue = false;
    return batch;
  };

  const pendingOf = (run: LiveRun): Pending => {
    let pending = waiting.get(run);
    if (!pending) {
      pending = { run, events: [], characters: 0, spoke: spoken.has(run), ending: null, done: [] };
      waiting.set(run, pending);
    }
    return pending;
  };
  const spoken = new WeakSet<LiveRun>();

  const add = (run: LiveRun, type: RunEventType, data: RunEventData[RunEventType]): void => {
    const pending = pendingOf(run);
    if (!isDelta(type)) {
      pending.events.push({ seq: 0, type, data });
      // Nobody waits to see that a step begins: it goes with its first words.
      if (type === 'step-start') flushLater();
      else flushSoon(run);
      return;
    }
    const last = pending.events.at(-1);
    const delta = (data as { text: string }).text;
    pending.characters += delta.length;
    if (last?.type === type) last.data = { text: textOf(last) + delta };
    else pending.events.push({ seq: 0, type, data });
    if (!pending.spoke) {
      spoken.add(run);
      pending.spoke = true;
      flushSoon(run);
    } else flushLater();
  };

  /** The rows of runs that are not in the log yet: a statement whose reply was lost may have been carried out. */
  const unwritten = async (rows: readonly AppendedRow[]): Promise<AppendedRow[]> => {
    const lastSeqs = await store.lastSeqs(rows);
    return rows.filter((row) => row.seq > (lastSeqs.get(row.run_id) ?? 0));
  };
  const append = (rows: readonly AppendedRow[], endings: readonly EndedRow[]): Promise<Set<string>> => {
    const runIds = new Set(rows.map((row) => row.run_id));
    const own = endings.filter((ending) => runIds.has(ending.run_id));
    return rows.length === 0 ? Promise.resolve(new Set()) : store.append(rows, own);
  };

  /** The database answers, whatever it says: sends are taken again. */
  const recover = (): void => {
    if (failing) log.info('run log: the database takes appends again');
    failing = false;
  };

  /** Resolves with the runs that are lost, when all others are durable. */
  const write = async (rows: readonly AppendedRow[], endings: readonly EndedRow[]): Promise<Set<string>> => {
    let unsure = false;
    for (let wait = firstRetryMs; ; wait = Math.min(wait * 2, lastRetryMs)) {
      try {
        const lost = await append(unsure ? await unwritten(rows) : rows, endings);
        recover();
        return lost;
      } catch (error) {
        unsure = true;
        if (!isDatabaseAway(error)) {
          recover();
          return writeOneByOne(rows, endings, error);
        }
        telemetry.appendFailures.inc({ reason: 'away' });
        if (!failing) log.error({ cause: String(error) }, 'run log: the database does not take appends; retrying');
        failing = true;
        await pause(wait);
      }
    }
  };

  /** One run's fault must not hold up the others: each is written alone, and given up alone. */
  const writeOneByOne = async (
    rows: readonly AppendedRow[],
    endings: readonly EndedRow[],
    cause: unknown,
  ): Promise<Set<string>> => {
    const lost = new Set<string>();
    for (const [runId, own] of Map.groupBy(rows, (row) => row.run_id)) {
      try {
        if ((await append(await unwritten(own), endings)).has(runId)) lost.add(runId);
      } catch (error) {
        if (isDatabaseAway(error)) return new Set([...lost, ...(await write(rows, endings))]);
        telemetry.appendFailures.inc({ reason: 'refused' });
        log.error({ runId, cause: String(error), batch: String(cause) }, 'run log: events of this run were refused');
        lost.add(runId);
      }
    }
    return lost;
  };

  const number = (batch: readonly Pending[]): { rows: AppendedRow[]; endings: EndedRow[] } => {
    const rows: AppendedRow[] = [];
    const endings: EndedRow[] = [];
    for (const { run, events, ending } of batch) {
      for (const event of events) {
        event.seq = run.lastSeq += 1;
        if (event.type === 'run-end') (event.data as RunEventData['run-end']).finalSeq = event.seq;
        rows.push({ run_id: run.id, epoch: run.epoch, seq: event.seq, type: event.type, data: eventJson(event) });
      }
      if (ending) endings.push({ run_id: run.id, epoch: run.epoch, ...ending });
    }
    return { rows, endings };
  };

  const tell = (batch: readonly Pending[], rows: readonly AppendedRow[], lost: ReadonlySet<string>): void => {
    let next = 0;
    for (const { run, events, done } of batch) {
      const own = rows.slice(next, (next += events.length));
      if (lost.has(run.id)) {
        telemetry.runsLost.inc();
        log.warn({ runId: run.id, epoch: run.epoch }, 'run lost: another process has taken it, or its log was refused');
        run.lost();
      } else
        run.committed(
          own.map((row) => ({ seq: row.seq, type: row.type, text: eventFrame(row.seq, row.type, row.data) })),
        );
      for (const tellDone of done) tellDone();
    }
  };

  const flush = async (): Promise<void> => {
    scheduled = false;
    const batch = takeBatch();
    if (batch.length === 0) return;
    flushing = true;
    const { rows, endings } = number(batch);
    const stop = telemetry.runFlushSeconds.startTimer();
    const lost = await write(rows, endings);
    stop();
    telemetry.runEvents.inc(rows.length);
    flushing = false;
    tell(batch, rows, lost);
    for (const tellDone of afterFlush) tellDone();
    afterFlush = [];
    if (overdue || urgent.size > 0) schedule();
  };

  return {
    append: add,
    end: (run, ending) =>
      new Promise((resolve) => {
        const pending = pendingOf(run);
        pending.ending = ending;
        pending.done.push(resolve);
        add(run, 'run-end', {
          status: ending.status,
          stopReason: ending.stop_reason,
          usage: ending.usage,
          costNanos: ending.cost_nanos,
          finalSeq: 0,
          textSha256: ending.text_sha256,
        });
      }),
    waiting: (run) => waiting.get(run)?.characters ?? 0,
    healthy: () => !failing,
    settled: (run) => {
      const pending = waiting.get(run);
      if (!pending && !flushing) return Promise.resolve();
      return new Promise((resolve) => (pending?.done ?? afterFlush).push(resolve));
    },
  };
};
