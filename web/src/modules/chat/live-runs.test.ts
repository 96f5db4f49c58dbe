import { ParleyError, type RunEvent, type StreamOptions } from '@parley/sdk';
import { describe, expect, it, vi } from 'vitest';
import { createLiveRuns, type LiveRun, type OpenStream } from './live-runs.ts';

type Step = RunEvent | 'reconnecting' | 'connected' | Error;

/** A stream that a test feeds. */
const createFeed = () => {
  const waiting: ((step: Step | null) => void)[] = [];
  const steps: (Step | null)[] = [];
  const opened: StreamOptions[] = [];
  const give = (step: Step | null): void => {
    const reader = waiting.shift();
    if (reader === undefined) steps.push(step);
    else reader(step);
  };
  const open: OpenStream = async function* (_runId, options) {
    opened.push(options);
    for (;;) {
      const step =
        steps.length > 0 ? steps.shift() : await new Promise<Step | null>((resolve) => waiting.push(resolve));
      if (step === null || step === undefined) return;
      if (step instanceof Error) throw step;
      if (typeof step === 'string') options.onState?.(step);
      else yield step;
    }
  };
  return { open, opened, give };
};

let seq = 0;
const delta = (text: string): RunEvent => ({ seq: (seq += 1), type: 'text-delta', data: { v: 1, text } });
const helloSha = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
const end = (textSha256: string): RunEvent => {
  const finalSeq = (seq += 1);
  return {
    seq: finalSeq,
    type: 'run-end',
    data: { v: 1, status: 'completed', stopReason: 'stop', usage: null, costNanos: null, finalSeq, textSha256 },
  };
};

const setUp = (lingerMs = 0) => {
  seq = 0;
  const feed = createFeed();
  const pictures: (() => void)[] = [];
  const ended: [string, LiveRun][] = [];
  const runs = createLiveRuns({
    openStream: feed.open,
    onEnded: (runId, run) => ended.push([runId, run]),
    schedule: (callback) => pictures.push(callback),
    lingerMs,
  });
  const draw = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 0));
    for (const picture of pictures.splice(0)) picture();
  };
  return { feed, runs, ended, draw, pictures };
};

describe('createLiveRuns', () => {
  it('shows all deltas of one picture together', async () => {
    const { feed, runs, draw, pictures } = setUp();
    const seen = vi.fn();
    runs.subscribe('r', seen);
    runs.watch('r');
    feed.give(delta('hel'));
    feed.give(delta('lo'));
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(runs.get('r')?.transcript.text).toBe('');
    expect(pictures).toHaveLength(1);
    await draw();
    expect(runs.get('r')?.transcript.text).toBe('hello');
    expect(seen).toHaveBeenCalledTimes(1);
  });

  it('proves the text at the end and says so once', async () => {
    const { feed, runs, ended } = setUp();
    const done = runs.ended('r');
    feed.give(delta('hello'));
    feed.give(end(helloSha));
    feed.give(null);
    expect(await done).toMatchObject({ phase: 'ended', verified: true });
    expect(ended.map(([id]) => id)).toEqual(['r']);
    expect(await runs.ended('r')).toMatchObject({ phase: 'ended' });
  });

  it('notices a text that is not the server’s', async () => {
    const { feed, runs, ended } = setUp();
    const done = runs.ended('r');
    feed.give(delta('hell'));
    feed.give(end(helloSha));
    feed.give(null);
    expect((await done).verified).toBe(false);
    expect(ended).toHaveLength(1);
  });

  it('tells of a lost connection and of the log being gone', async () => {
    const { feed, runs, draw } = setUp();
    const done = runs.ended('r');
    feed.give(delta('a'));
    feed.give('reconnecting');
    await draw();
    expect(runs.get('r')?.phase).toBe('reconnecting');
    feed.give('connected');
    await draw();
    expect(runs.get('r')?.phase).toBe('following');
    feed.give(new ParleyError('resync', 'gone', { status: 409 }));
    expect(await done).toMatchObject({ phase: 'lost', verified: false });
  });

  it('follows once for many watchers, goes on from where it stopped, and lets go when nobody watches', async () => {
    const { feed, runs, draw } = setUp();
    const first = runs.watch('r');
    const second = runs.watch('r');
    expect(feed.opened).toHaveLength(1);
    feed.give(delta('a'));
    await draw();
    first();
    first();
    await draw();
    expect(feed.opened[0]?.signal?.aborted).toBe(false);
    second();
    await draw();
    expect(feed.opened[0]?.signal?.aborted).toBe(true);
    runs.watch('r');
    expect(feed.opened[1]?.after).toBe(1);
  });

  it('survives a change of screens', async () => {
    const { feed, runs } = setUp(50);
    runs.watch('r')();
    runs.watch('r');
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(feed.opened).toHaveLength(1);
    expect(feed.opened[0]?.signal?.aborted).toBe(false);
  });
});
