import { ParleyError, type Client, type SendOutcome } from '@parley/sdk';
import { describe, expect, it, vi } from 'vitest';
import type { LiveRun, LiveRuns } from './live-runs.ts';
import { createOutbox } from './outbox.ts';
import { conversationOf, turnOf } from './testing/chat-fixtures.ts';
import { createTabLocks } from '../../tab-locks.ts';
import { createLockManager, createTabs } from '../../testing/memory-storage.ts';
import { createTextStore } from '../../text-store.ts';
import { createTurns, type NewTurn } from './turns.ts';

/** What the tabs of one browser share. */
const createBrowser = () => ({ tabs: createTabs(), locks: createLockManager(), keys: 0 });

const setUp = (browser = createBrowser()) => {
  const waits = new Map<string, () => void>();
  const liveRuns = {
    ended: (runId: string) => new Promise<LiveRun>((resolve) => waits.set(runId, () => resolve({} as LiveRun))),
  } as LiveRuns;
  let sent = 0;
  const send = vi.fn(async (id: string, input: { text: string; parentId?: string | null }, _options: object) =>
    turnOf(`a${(sent += 1)}`, input.text, input.parentId ?? null, id),
  );
  const findSend = vi.fn(async (_key: string): Promise<SendOutcome> => ({ done: false, turn: null }));
  const create = vi.fn(async () => conversationOf({ id: 'c9' }));
  const tab = browser.tabs.open();
  const outbox = createOutbox(createTextStore(tab.storage, tab.otherTabs), 'me.');
  const turns = createTurns({
    api: { conversations: { send, create, findSend } } as unknown as Pick<Client, 'conversations'>,
    outbox,
    liveRuns,
    locks: createTabLocks(browser.locks, null),
    scope: 'me',
    newKey: () => `key-${(browser.keys += 1)}`,
    keepSentMs: 150,
    onConversation: () => undefined,
    onSent: () => undefined,
  });
  return { turns, outbox, send, create, findSend, waits, storage: browser.tabs.storage };
};

const turn = (changes: Partial<NewTurn> = {}): NewTurn => ({
  place: 'c1',
  text: 'hello',
  botId: null,
  conversationId: 'c1',
  parentId: 'a0',
  afterRunId: null,
  ...changes,
});

describe('createTurns', () => {
  it('sends once, with its key, and forgets the turn', async () => {
    const { turns, outbox, send } = setUp();
    turns.send(turn());
    expect(outbox.list('c1')).toMatchObject([{ state: 'queued', key: 'key-1' }]);
    await vi.waitFor(() => expect(outbox.list('c1')).toMatchObject([{ state: 'sent', sentAs: 'q-a1' }]));
    await vi.waitFor(() => expect(outbox.list('c1')).toEqual([]));
    expect(send).toHaveBeenCalledExactlyOnceWith('c1', { text: 'hello', parentId: 'a0' }, { idempotencyKey: 'key-1' });
  });

  it('waits for the running answer, then chains what was queued behind', async () => {
    const { turns, outbox, send, waits } = setUp();
    turns.send(turn({ text: 'one', afterRunId: 'r0' }));
    turns.send(turn({ text: 'two', afterRunId: 'r0' }));
    expect(outbox.list('c1').map((waiting) => waiting.state)).toEqual(['queued', 'queued']);
    expect(send).not.toHaveBeenCalled();
    waits.get('r0')?.();
    await vi.waitFor(() =>
      expect(outbox.list('c1').at(-1)).toMatchObject({ text: 'two', parentId: 'a1', afterRunId: 'r-a1' }),
    );
    await vi.waitFor(() => expect(waits.has('r-a1')).toBe(true));
    waits.get('r-a1')?.();
    await vi.waitFor(() => expect(outbox.list('c1')).toEqual([]));
    expect(send).toHaveBeenLastCalledWith('c1', { text: 'two', parentId: 'a1' }, { idempotencyKey: 'key-2' });
  });

  it('keeps a failed turn and tries again with the same key', async () => {
    const { turns, outbox, send } = setUp();
    send.mockRejectedValueOnce(new ParleyError('unavailable', 'busy', { status: 503 }));
    turns.send(turn());
    await vi.waitFor(() =>
      expect(outbox.list('c1')).toMatchObject([{ state: 'failed', error: { code: 'unavailable' } }]),
    );
    turns.send(turn({ text: 'behind' }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(send).toHaveBeenCalledTimes(1);
    turns.retry('key-1');
    await vi.waitFor(() => expect(send).toHaveBeenCalledTimes(2));
    expect(send.mock.calls[1]).toEqual(send.mock.calls[0]);
  });

  it('sends by itself what failed for want of a connection, and nothing else, when it is back', async () => {
    const { turns, outbox, send } = setUp();
    send.mockRejectedValueOnce(new ParleyError('network', 'unreachable', { status: 0 }));
    turns.send(turn());
    await vi.waitFor(() => expect(outbox.list('c1')).toMatchObject([{ state: 'failed' }]));
    send.mockRejectedValueOnce(new ParleyError('forbidden', 'no', { status: 403 }));
    turns.send(turn({ place: 'c2', conversationId: 'c2' }));
    await vi.waitFor(() => expect(outbox.list('c2')).toMatchObject([{ state: 'failed' }]));
    turns.reconnect();
    await vi.waitFor(() => expect(outbox.all()).toMatchObject([{ place: 'c2', state: 'failed' }]));
    expect(send).toHaveBeenCalledTimes(3);
    expect(send.mock.calls[2]).toEqual(send.mock.calls[0]);
  });

  it('makes the conversation once, even when the first send fails, and then starts it', async () => {
    const { turns, outbox, send, create } = setUp();
    send.mockRejectedValueOnce(new Error('odd'));
    turns.send(turn({ place: 'new', conversationId: null, botId: 'b1', parentId: null }));
    await vi.waitFor(() => expect(outbox.list('new')).toMatchObject([{ state: 'failed', conversationId: 'c9' }]));
    turns.retry('key-1');
    await vi.waitFor(() =>
      expect(outbox.list('c9')).toMatchObject([{ state: 'sent', startedFrom: 'new', sentAs: 'q-a1' }]),
    );
    expect(create).toHaveBeenCalledTimes(1);
    await vi.waitFor(() => expect(outbox.list('new')).toEqual([]));
  });

  it('moves what was written meanwhile to the new conversation', async () => {
    const { turns, outbox, waits } = setUp();
    const first = turn({ place: 'new', conversationId: null, botId: 'b1', parentId: null });
    turns.send(first);
    turns.send({ ...first, text: 'second' });
    await vi.waitFor(() => expect(outbox.list('c9')).toMatchObject([{ state: 'sent' }, {}]));
    expect(outbox.list('c9').at(-1)).toMatchObject({ text: 'second', conversationId: 'c9', parentId: 'a1' });
    await vi.waitFor(() => expect(waits.has('r-a1')).toBe(true));
    waits.get('r-a1')?.();
    await vi.waitFor(() => expect(outbox.list('c9')).toEqual([]));
  });

  it('gives a turn back that was not sent', async () => {
    const { turns, outbox, send, waits } = setUp();
    turns.send(turn({ afterRunId: 'r0' }));
    expect(await turns.withdraw('key-1')).toBe('hello');
    expect(await turns.withdraw('gone')).toBeNull();
    waits.get('r0')?.();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(outbox.list('c1')).toEqual([]);
    expect(send).not.toHaveBeenCalled();
  });

  it('gives nothing back when the server turns out to have it', async () => {
    const { turns, outbox, send, findSend } = setUp();
    send.mockRejectedValueOnce(new ParleyError('forbidden', 'no', { status: 403 }));
    turns.send(turn());
    await vi.waitFor(() => expect(outbox.list('c1')).toMatchObject([{ state: 'failed' }]));
    findSend.mockResolvedValueOnce({ done: true, turn: turnOf('a1', 'hello', 'a0') });
    expect(await turns.withdraw('key-1')).toBeNull();
    expect(findSend).toHaveBeenCalledExactlyOnceWith('key-1');
    expect(outbox.list('c1')).toMatchObject([{ state: 'sent', sentAs: 'q-a1' }]);
    await vi.waitFor(() => expect(outbox.list('c1')).toEqual([]));
  });

  it('gives back what the server does not have, and what it cannot be asked about', async () => {
    for (const answer of ['no', 'unreachable']) {
      const { turns, outbox, send, findSend } = setUp();
      send.mockRejectedValueOnce(new ParleyError('forbidden', 'no', { status: 403 }));
      turns.send(turn());
      await vi.waitFor(() => expect(outbox.list('c1')).toMatchObject([{ state: 'failed' }]));
      if (answer !== 'no') findSend.mockRejectedValueOnce(new ParleyError('network', answer, { status: 0 }));
      expect(await turns.withdraw('key-1')).toBe('hello');
      expect(outbox.list('c1')).toEqual([]);
    }
  });

  it('goes on after a reload, with the key of before', async () => {
    const browser = createBrowser();
    const before = setUp(browser);
    before.send.mockImplementation(() => new Promise(() => undefined));
    before.turns.send(turn());
    await vi.waitFor(() => expect(before.outbox.list('c1')).toMatchObject([{ state: 'sending' }]));
    // The page is gone, and with it its locks.
    const after = setUp({ ...browser, locks: createLockManager() });
    after.turns.resume();
    await vi.waitFor(() =>
      expect(after.send).toHaveBeenCalledExactlyOnceWith('c1', expect.anything(), { idempotencyKey: 'key-1' }),
    );
    await vi.waitFor(() => expect(after.storage.length).toBe(0));
  });

  it('keeps the order of several unsent turns over a reload', async () => {
    const browser = createBrowser();
    const before = setUp(browser);
    before.send.mockRejectedValue(new ParleyError('network', 'unreachable', { status: 0 }));
    for (const text of ['one', 'two', 'three']) before.turns.send(turn({ text }));
    await vi.waitFor(() => expect(before.outbox.all()).toMatchObject([{ state: 'failed' }, {}, {}]));
    const after = setUp(browser);
    after.turns.resume();
    after.turns.reconnect();
    for (const [count, text] of [
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
    ] as const) {
      await vi.waitFor(() => expect(after.send).toHaveBeenCalledTimes(count));
      expect(after.send.mock.lastCall?.[1]).toMatchObject({ text });
      await vi.waitFor(() => expect(count === 3 || after.waits.has(`r-a${count}`)).toBe(true));
      after.waits.get(`r-a${count}`)?.();
    }
  });

  it('is sent by one of the tabs, and by another when that one is gone', async () => {
    const browser = createBrowser();
    const [one, two] = [setUp(browser), setUp(browser)];
    let answer = (_turn: ReturnType<typeof turnOf>): void => undefined;
    one.send.mockImplementation(() => new Promise((resolve) => (answer = resolve)));
    one.turns.send(turn());
    await vi.waitFor(() => expect(one.send).toHaveBeenCalledTimes(1));
    two.turns.resume();
    two.turns.reconnect();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(two.send).not.toHaveBeenCalled();
    expect(two.outbox.list('c1')).toMatchObject([{ state: 'sending' }]);
    answer(turnOf('a1', 'hello', 'a0'));
    await vi.waitFor(() => expect(two.outbox.all()).toEqual([]));
    expect(two.send).not.toHaveBeenCalled();
  });

  it('adds what both tabs write', async () => {
    const browser = createBrowser();
    const [one, two] = [setUp(browser), setUp(browser)];
    one.turns.send(turn({ text: 'one', afterRunId: 'r0' }));
    two.turns.send(turn({ text: 'two', afterRunId: 'r0' }));
    for (const { outbox } of [one, two]) expect(outbox.list('c1').map(({ text }) => text)).toEqual(['one', 'two']);
  });

  it('tries again by itself after a while when the reason may have passed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'Date'] });
    try {
      const { turns, send } = setUp();
      send.mockRejectedValueOnce(new ParleyError('unavailable', 'busy', { status: 503 }));
      send.mockRejectedValueOnce(new ParleyError('forbidden', 'no', { status: 403 }));
      turns.send(turn());
      await vi.advanceTimersByTimeAsync(900);
      expect(send).toHaveBeenCalledTimes(1);
      await vi.advanceTimersByTimeAsync(5000);
      expect(send).toHaveBeenCalledTimes(2);
      await vi.advanceTimersByTimeAsync(600_000);
      expect(send).toHaveBeenCalledTimes(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('gives up on an attempt that nobody answers, and makes another', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    try {
      const { turns, outbox, send } = setUp();
      send.mockImplementationOnce(() => new Promise(() => undefined));
      turns.send(turn());
      await vi.advanceTimersByTimeAsync(29_000);
      expect(outbox.all()).toMatchObject([{ state: 'sending' }]);
      await vi.advanceTimersByTimeAsync(1001);
      expect(outbox.all()).toMatchObject([{ state: 'failed', error: { code: 'network' } }]);
      await vi.advanceTimersByTimeAsync(5000);
      expect(send).toHaveBeenCalledTimes(2);
      expect(send.mock.calls[1]).toEqual(send.mock.calls[0]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('tries again at one pace, however often it is woken', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    try {
      const { turns, send } = setUp();
      send.mockRejectedValue(new ParleyError('network', 'unreachable', { status: 0 }));
      turns.send(turn());
      for (let woken = 0; woken < 20; woken += 1) {
        await vi.advanceTimersByTimeAsync(10);
        turns.reconnect();
      }
      await vi.advanceTimersByTimeAsync(10);
      const soFar = send.mock.calls.length;
      await vi.advanceTimersByTimeAsync(600_000);
      // Delays of a second and more, of half a minute in the mean.
      expect(send.mock.calls.length - soFar).toBeLessThan(60);
    } finally {
      vi.useRealTimers();
    }
  });

  it('starts empty when what was stored is not readable', () => {
    const { storage, outbox } = setUp();
    for (const text of ['{', '{}', '7', 'null']) storage.setItem('me.key-1', text);
    expect(outbox.all()).toEqual([]);
  });

  it('sends what another version of the app has left', async () => {
    const { storage, outbox, turns, send } = setUp();
    storage.setItem('me.key-1', JSON.stringify({ key: 'key-1', place: 'c1', conversationId: 'c1', text: 'old' }));
    expect(outbox.all()).toMatchObject([{ state: 'queued', error: null }]);
    turns.resume();
    await vi.waitFor(() => expect(send).toHaveBeenCalledTimes(1));
  });
});
