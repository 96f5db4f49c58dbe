import { setTimeout as pause } from 'node:timers/promises';
import type { Broadcast } from '../../platform/broadcast.ts';
import type { Logger } from '../../platform/log.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { toAssignment } from './assignment.ts';
import { interruption, type Executor } from './executor.ts';
import type { RunStore } from './store.ts';
import type { WakeUps } from './wake-ups.ts';

const renewMs = 1_000;
const sweepMs = 2_000;
const claimAtOnce = 20;
/** How long an end is told to the others after one of them said that something waits for it. */
const expectedMs = 30_000;
const lookAgainMs = 500;

/** Keeps the leases of runs answered here, starts runs whose turn has come, ends those whose owner is gone. */
export const createKeeper = (deps: {
  store: RunStore;
  executor: () => Executor;
  broadcast: Broadcast;
  wakeUps: Pick<WakeUps, 'changed'>;
  alone: boolean;
  log: Logger;
  telemetry: Pick<Telemetry, 'runsEnded'>;
}) => {
  const { store, executor, broadcast, wakeUps, alone, log, telemetry } = deps;
  const loops = new Set<AbortController>();
  let retired = false;

  const quietly = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log.warn({ cause: String(error) }, `${what} failed; the next round tries again`);
    }
  };

  const renew = (live: readonly string[]): Promise<void> =>
    quietly('renewing run leases', async () => {
      if (live.length === 0) return;
      for (const runId of await store.renew(live)) void executor().stop(runId);
    });

  // Waiting runs accepted here, so that the end of an answer costs a look only when something may wait for it.
  const expected = new Set<string>();
  let expectedElsewhereUntil = 0;

  const claiming = new Set<Promise<void>>();
  const claim = (runId: string | null = null): Promise<void> => {
    const claimed = claimNow(runId).finally(() => claiming.delete(claimed));
    claiming.add(claimed);
    return claimed;
  };
  const claimNow = (runId: string | null): Promise<void> =>
    quietly('starting waiting runs', async () => {
      if (retired) return;
      const rows = await store.claim(runId, claimAtOnce);
      const strange = rows.map((row) => row.run_id).filter((id) => !expected.delete(id));
      if (strange.length > 0) broadcast.tell('runs.begun', { runIds: strange });
      for (const row of rows)
        executor().start(
          toAssignment(row, {
            id: row.run_id,
            workspaceId: row.workspace_id,
            epoch: row.epoch,
            lastSeq: row.last_seq,
            startFrame: null,
            question: '',
          }),
        );
    });

  const sayExpected = (): void => {
    if (expected.size > 0) broadcast.tell('runs.expected', {});
  };

  /** What waited for an answer that has ended may begin, here or elsewhere. */
  const ended = (): void => {
    if (expected.size > 0) void claim();
    if (performance.now() < expectedElsewhereUntil) broadcast.tell('runs.ended', {});
  };

  const sweep = (): Promise<void> =>
    quietly('ending abandoned runs', async () => {
      const runIds = await store.interruptDead(alone, interruption);
      telemetry.runsEnded.inc({ status: 'interrupted' }, runIds.length);
      for (const runId of runIds) log.warn({ runId }, 'run interrupted: its owner is gone');
      wakeUps.changed(runIds);
    });

  /** Does the work again and again with a pause between, until stopped. */
  const repeat = async (ms: number, work: () => Promise<void>): Promise<void> => {
    const loop = new AbortController();
    loops.add(loop);
    while (await pause(ms, true, { ref: false, signal: loop.signal }).catch(() => false)) await work();
  };

  broadcast.subscribe('runs.expected', () => (expectedElsewhereUntil = performance.now() + expectedMs));
  broadcast.subscribe('runs.ended', () => expected.size > 0 && void claim());
  broadcast.subscribe<{ runIds: readonly string[] }>('runs.begun', ({ runIds }) =>
    runIds.forEach((runId) => expected.delete(runId)),
  );
  broadcast.subscribe<{ runId: string }>('runs.stop', ({ runId }) => {
    // Hearsay stops nothing: the run itself says whether somebody asked.
    if (executor().liveIds().includes(runId)) void renew([runId]);
  });

  return {
    /** A run was accepted that waits for the answer before it; perhaps that has ended meanwhile. */
    expect(runId: string): void {
      expected.add(runId);
      sayExpected();
      void claim(runId);
      // An answer that ended before its node heard of this woke nobody.
      setTimeout(() => expected.has(runId) && void claim(runId), lookAgainMs).unref();
    },
    ended,
    /** Has a run stopped by whoever answers it, or ends it when nobody does yet. */
    async stopElsewhere(workspaceId: string, runId: string): Promise<void> {
      const waited = await store.requestStop(workspaceId, runId);
      expected.delete(runId);
      if (!waited) return broadcast.tell('runs.stop', { runId });
      wakeUps.changed([runId]);
      ended();
    },
    /** Looks after what a crash left behind, then keeps looking. */
    async start(): Promise<void> {
      await sweep();
      await claim();
      void repeat(renewMs, async () => {
        await renew(executor().liveIds());
        if (!broadcast.isWhole()) await claim();
      });
      void repeat(sweepMs, async () => {
        // A process that slept finds its own leases run out: they are not abandoned.
        await renew(executor().liveIds());
        await sweep();
        await claim();
        sayExpected();
      });
      broadcast.onGap(() => {
        void renew(executor().liveIds());
        void claim();
        sayExpected();
      });
    },
    /** Takes no more work, but keeps what it has; resolves when nothing is on its way any more. */
    async retire(): Promise<void> {
      retired = true;
      await Promise.all(claiming);
    },
    stop(): void {
      for (const loop of loops) loop.abort();
    },
  };
};

export type Keeper = ReturnType<typeof createKeeper>;
