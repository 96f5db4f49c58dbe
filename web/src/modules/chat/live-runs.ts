import { applyEvent, createTranscript, ParleyError, verifyTranscript } from '@parley/sdk';
import type { RunEvent, RunStatus, RunTranscript, StreamOptions } from '@parley/sdk';

export interface LiveRun {
  transcript: RunTranscript;
  /** `lost`: the log can no longer be read; the message has to be read instead. */
  phase: 'following' | 'reconnecting' | 'ended' | 'lost';
  /** Null until the text has been compared with the server's hash. */
  verified: boolean | null;
}

export type OpenStream = (runId: string, options: StreamOptions) => AsyncIterable<RunEvent>;

export interface LiveRuns {
  /** Follows the run while at least one caller watches; the returned function stops watching. */
  watch: (runId: string) => () => void;
  get: (runId: string) => LiveRun | undefined;
  subscribe: (runId: string, listener: () => void) => () => void;
  /** Resolves when the run has ended or cannot be followed any more. */
  ended: (runId: string) => Promise<LiveRun>;
}

interface Followed {
  shown: LiveRun;
  latest: LiveRun;
  watchers: number;
  controller: AbortController | null;
  listeners: Set<() => void>;
  isScheduled: boolean;
}

export interface LiveRunsOptions {
  openStream: OpenStream;
  /** Called once per run, when nothing more will come. */
  onEnded: (runId: string, run: LiveRun) => void;
  /** Runs the callback with the next picture; deltas in between are shown together. */
  schedule: (callback: () => void) => void;
  /** How long a run that nobody watches is followed on: long enough to move from one screen to the next. */
  lingerMs?: number;
}

const finalStatuses: ReadonlySet<RunStatus> = new Set(['completed', 'stopped', 'failed', 'interrupted']);
export const isFinal = (status: RunStatus): boolean => finalStatuses.has(status);

const isOver = (run: LiveRun): boolean => run.phase === 'ended' || run.phase === 'lost';

/** With no picture to wait for (a hidden tab) a timer keeps the text coming. */
export const scheduleWithPicture = (callback: () => void): void => {
  if (typeof document !== 'undefined' && document.visibilityState === 'visible') requestAnimationFrame(callback);
  else setTimeout(callback, 100);
};

export const createLiveRuns = (options: LiveRunsOptions): LiveRuns => {
  const { openStream, onEnded, schedule, lingerMs = 500 } = options;
  const followed = new Map<string, Followed>();

  const entry = (runId: string): Followed => {
    const known = followed.get(runId);
    if (known !== undefined) return known;
    const fresh: LiveRun = { transcript: createTranscript(), phase: 'following', verified: null };
    const created: Followed = {
      shown: fresh,
      latest: fresh,
      watchers: 0,
      controller: null,
      listeners: new Set(),
      isScheduled: false,
    };
    followed.set(runId, created);
    return created;
  };

  const show = (run: Followed): void => {
    run.isScheduled = false;
    if (run.shown === run.latest) return;
    run.shown = run.latest;
    for (const listener of run.listeners) listener();
  };

  const change = (run: Followed, next: Partial<LiveRun>): void => {
    run.latest = { ...run.latest, ...next };
    if (run.isScheduled) return;
    run.isScheduled = true;
    schedule(() => show(run));
  };

  const finish = async (runId: string, run: Followed, phase: 'ended' | 'lost'): Promise<void> => {
    const verified = phase === 'ended' && (await verifyTranscript(run.latest.transcript));
    if (phase === 'ended' && !verified)
      console.error(`The text of run ${runId} is not the server's. Its message is read instead.`);
    run.latest = { ...run.latest, phase, verified };
    show(run);
    onEnded(runId, run.latest);
  };

  const follow = async (runId: string, run: Followed): Promise<void> => {
    const controller = new AbortController();
    run.controller = controller;
    try {
      const events = openStream(runId, {
        after: run.latest.transcript.lastSeq,
        signal: controller.signal,
        onState: (state) => {
          const phase = state === 'connected' ? 'following' : 'reconnecting';
          if (!isOver(run.latest) && run.latest.phase !== phase) change(run, { phase });
        },
      });
      for await (const event of events)
        change(run, { transcript: applyEvent(run.latest.transcript, event), phase: 'following' });
      if (controller.signal.aborted) return;
      await finish(runId, run, isFinal(run.latest.transcript.status) ? 'ended' : 'lost');
    } catch (error) {
      if (controller.signal.aborted) return;
      if (!(error instanceof ParleyError)) console.error('A run could not be followed.', error);
      await finish(runId, run, 'lost');
    } finally {
      if (run.controller === controller) run.controller = null;
    }
  };

  const watch = (runId: string): (() => void) => {
    const run = entry(runId);
    run.watchers += 1;
    if (run.controller === null && !isOver(run.latest)) void follow(runId, run);
    let isWatching = true;
    return () => {
      if (!isWatching) return;
      isWatching = false;
      run.watchers -= 1;
      setTimeout(() => {
        if (run.watchers > 0) return;
        run.controller?.abort();
        run.controller = null;
        if (isOver(run.latest) && run.listeners.size === 0) followed.delete(runId);
      }, lingerMs);
    };
  };

  const subscribe = (runId: string, listener: () => void): (() => void) => {
    const run = entry(runId);
    run.listeners.add(listener);
    return () => run.listeners.delete(listener);
  };

  return {
    watch,
    subscribe,
    get: (runId) => followed.get(runId)?.shown,
    ended: (runId) =>
      new Promise((resolve) => {
        const leave = watch(runId);
        const run = entry(runId);
        if (isOver(run.shown)) {
          leave();
          resolve(run.shown);
          return;
        }
        const unsubscribe = subscribe(runId, () => {
          if (!isOver(run.shown)) return;
          unsubscribe();
          leave();
          resolve(run.shown);
        });
      }),
  };
};
