import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../../platform/log.ts';
import { toAssignment } from './assignment.ts';
import { interruption, type Executor } from './executor.ts';
import type { RunStore } from './store.ts';

const renewMs = 1_000;
const sweepMs = 2_000;
const claimAtOnce = 20;

/** Keeps the leases of runs answered here, starts runs whose turn has come, ends those whose owner is gone. */
export const createKeeper = (deps: { store: RunStore; executor: () => Executor; alone: boolean; log: Logger }) => {
  const { store, executor, alone, log } = deps;
  const loops = new Set<AbortController>();

  const quietly = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log.warn({ cause: String(error) }, `${what} failed; the next round tries again`);
    }
  };

  const renew = (): Promise<void> =>
    quietly('renewing run leases', async () => {
      const live = executor().liveIds();
      if (live.length === 0) return;
      for (const runId of await store.renew(live)) void executor().stop(runId);
    });

  // Waiting runs accepted here, so that the end of an answer costs a look only when something may wait for it.
  const expected = new Set<string>();

  const claim = (runId: string | null = null): Promise<void> =>
    quietly('starting waiting runs', async () => {
      for (const row of await store.claim(runId, claimAtOnce)) {
        expected.delete(row.run_id);
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
      }
    });

  const sweep = (): Promise<void> =>
    quietly('ending abandoned runs', async () => {
      for (const runId of await store.interruptDead(alone, interruption))
        log.warn({ runId }, 'run interrupted: its owner is gone');
    });

  /** Does the work again and again with a pause between, until stopped. */
  const repeat = async (ms: number, work: () => Promise<void>): Promise<void> => {
    const loop = new AbortController();
    loops.add(loop);
    while (await pause(ms, true, { ref: false, signal: loop.signal }).catch(() => false)) await work();
  };

  return {
    /** A run was accepted that waits for the answer before it; perhaps that has ended meanwhile. */
    expect(runId: string): void {
      expected.add(runId);
      void claim(runId);
    },
    forget: (runId: string): void => void expected.delete(runId),
    /** An answer has ended here: what waited for it may begin. */
    ended(): void {
      if (expected.size > 0) void claim();
    },
    /** Looks after what a crash left behind, then keeps looking. */
    async start(): Promise<void> {
      await sweep();
      await claim();
      void repeat(renewMs, renew);
      void repeat(sweepMs, async () => {
        await sweep();
        await claim();
      });
    },
    stop(): void {
      for (const loop of loops) loop.abort();
    },
  };
};

export type Keeper = ReturnType<typeof createKeeper>;
