import { ParleyError, type Client } from '@parley/sdk';
import { describe, expect, it, vi } from 'vitest';
import type { LiveRun, LiveRuns } from './live-runs.ts';
import { createOutbox } from './outbox.ts';
import { conversationOf, turnOf } from './testing/chat-fixtures.ts';
import { memoryStorage } from './testing/memory-storage.ts';
import { createTurns, type NewTurn } from './turns.ts';

const setUp = (storage = memoryStorage()) => {
  const waits = new Map<string, () => void>();
  const liveRuns = {
    ended: (runId: string) => new Promise<LiveRun>((resolve) => waits.set(runId, () => resolve({} as LiveRun))),
  } as LiveRuns;
  let sent = 0;
  const send = vi.fn(async (id: string, input: { text: string; parentId?: string | null }, _options: object) =>
    turnOf(`a${(sent += 1)}`, input.text, input.parentId ?? null, id),
  );
  const create = vi.fn(async () => conversationOf({ id: 'c9' }));
  const onStarted = vi.fn();
  let keys = 0;
  const outbox = createOutbox(storage, 'me');
  const turns = createTurns({
    api: { conversations: { send, create } } as unknown as Pick<Client, 'conversations'>,
    outbox,
    liveRuns,
    newKey: () => `key-${(keys += 1)}`,
    onConversation: () => undefined,
    onSent: () => undefined,
    onStarted,
  });
  return { turns, outbox, send, create, onStarted, waits, storage };
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
    expect(outbox.list('c1')).toMatchObject([{ state: 'sending', key: 'key-1' }]);
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
      expect(outbox.list('c1')).toMatchObject([{ text: 'two', parentId: 'a1', afterRunId: 'r-a1' }]),
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
    expect(send).toHaveBeenCalledTimes(1);
    turns.retry('key-1', 'c1');
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
    const { turns, outbox, send, create, onStarted } = setUp();
    send.mockRejectedValueOnce(new Error('odd'));
    turns.send(turn({ place: 'new', conversationId: null, botId: 'b1', parentId: null }));
    await vi.waitFor(() => expect(outbox.list('new')).toMatchObject([{ state: 'failed', conversationId: 'c9' }]));
    turns.retry('key-1', 'new');
    await vi.waitFor(() => expect(onStarted).toHaveBeenCalledExactlyOnceWith('new', 'c9'));
    expect(create).toHaveBeenCalledTimes(1);
    expect(outbox.list('new')).toEqual([]);
  });

  it('moves what was written meanwhile to the new conversation', async () => {
    const { turns, outbox, onStarted, waits } = setUp();
    const first = turn({ place: 'new', conversationId: null, botId: 'b1', parentId: null });
    turns.send(first);
    turns.send({ ...first, text: 'second' });
    await vi.waitFor(() => expect(onStarted).toHaveBeenCalled());
    expect(outbox.list('c9')).toMatchObject([{ text: 'second', conversationId: 'c9', parentId: 'a1' }]);
    await vi.waitFor(() => expect(waits.has('r-a1')).toBe(true));
    waits.get('r-a1')?.();
    await vi.waitFor(() => expect(outbox.list('c9')).toEqual([]));
  });

  it('gives a turn back that was not sent', async () => {
    const { turns, outbox, send, waits } = setUp();
    turns.send(turn({ afterRunId: 'r0' }));
    expect(turns.withdraw('key-1', 'c1')).toBe('hello');
    expect(turns.withdraw('gone', 'c1')).toBe('');
    waits.get('r0')?.();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(outbox.list('c1')).toEqual([]);
    expect(send).not.toHaveBeenCalled();
  });

  it('goes on after a reload, with the key of before', async () => {
    const storage = memoryStorage();
    const before = setUp(storage);
    before.send.mockImplementation(() => new Promise(() => undefined));
    before.turns.send(turn());
    const after = setUp(storage);
    expect(after.outbox.list('c1')).toMatchObject([{ state: 'queued', key: 'key-1' }]);
    after.turns.resume('c1');
    await vi.waitFor(() =>
      expect(after.send).toHaveBeenCalledExactlyOnceWith('c1', expect.anything(), { idempotencyKey: 'key-1' }),
    );
    await vi.waitFor(() => expect(storage.length).toBe(0));
  });

  it('starts empty when what was stored is not readable', () => {
    const storage = memoryStorage();
    for (const text of ['{', '{}']) {
      storage.setItem('parley.outbox.me', text);
      expect(createOutbox(storage, 'me').list('c1')).toEqual([]);
    }
    expect(createOutbox(null, 'me').list('c1')).toEqual([]);
  });
});
