import type { Broadcast } from '../../platform/broadcast.ts';

/** Ids of runs, about which the other nodes are told something. */
interface RunIds {
  runIds: readonly string[];
}

// An id takes 39 bytes of a parcel of 7,800.
const idsAtOnce = 150;
const interestMs = 30_000;
const forgetEveryMs = 5_000;

/**
 * Who has to be woken when the log of a run grows. Nobody is, unless a node has said that it has readers of that run:
 * an answer read where it is made costs no word between nodes.
 */
export const createWakeUps = (broadcast: Broadcast) => {
  const watchedUntil = new Map<string, number>();
  let told = new Set<string>();
  let forgotAt = 0;

  const tell = (topic: string, runIds: readonly string[]): void => {
    for (let start = 0; start < runIds.length; start += idsAtOnce)
      broadcast.tell(topic, { runIds: runIds.slice(start, start + idsAtOnce) });
  };

  const forgetOld = (): void => {
    const now = performance.now();
    if (now - forgotAt < forgetEveryMs) return;
    forgotAt = now;
    for (const [runId, until] of watchedUntil) if (until < now) watchedUntil.delete(runId);
  };

  broadcast.subscribe<RunIds>('runs.watch', ({ runIds }) => {
    forgetOld();
    for (const runId of runIds) watchedUntil.set(runId, performance.now() + interestMs);
  });

  return {
    /** There are readers of these runs here; to be repeated within 30 s while there are. */
    watch: (runIds: readonly string[]): void => tell('runs.watch', runIds),
    /** The log of a run answered here has grown: what several runs have to tell in one turn goes together. */
    grown(runId: string): void {
      if (watchedUntil.size === 0 || !watchedUntil.has(runId)) return;
      if (told.size === 0)
        setImmediate(() => {
          const runIds = [...told];
          told = new Set();
          tell('runs.grown', runIds);
        });
      told.add(runId);
    },
    /** The log of runs has grown that nobody answers any more: every node looks. */
    changed(runIds: readonly string[]): void {
      for (let start = 0; start < runIds.length; start += idsAtOnce)
        broadcast.publish('runs.grown', { runIds: runIds.slice(start, start + idsAtOnce) });
    },
    onGrown: (look: (runId: string) => void): void =>
      void broadcast.subscribe<RunIds>('runs.grown', ({ runIds }) => runIds.forEach(look)),
  };
};

export type WakeUps = ReturnType<typeof createWakeUps>;
