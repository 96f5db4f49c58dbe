import { io, type Socket } from 'socket.io-client';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '@parley/sdk';
import { testApp, type TestApp, type Visitor } from '../../testing/app.ts';
import { chatWith, readRun, textOf } from '../../testing/builders.ts';
import { fakeText } from '../../testing/fake-model.ts';
import { unknownId } from '../../testing/problems.ts';

interface Answer {
  ok: boolean;
  problem?: { code: string; status: number };
}

const cookieOf = (visitor: Visitor): string =>
  [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');

/** A socket of that visitor, and what arrived on it. */
const connect = (app: TestApp, visitor: Visitor, headers: Record<string, string> = {}) => {
  const socket: Socket = io(app.url, {
    path: '/v1/realtime',
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    extraHeaders: { cookie: cookieOf(visitor), origin: app.parley.config.publicUrl, ...headers },
  });
  const events: RunEvent[] = [];
  const closed: string[] = [];
  socket.on('run.event', ({ runId: _runId, ...event }: RunEvent & { runId: string }) => void events.push(event));
  socket.on('run.closed', ({ runId }: { runId: string }) => void closed.push(runId));
  const opened = new Promise<string>((resolve) => {
    socket.on('connect', () => resolve('connected'));
    socket.on('connect_error', (error) => resolve(error.message));
  });
  const ask = (name: string, body: unknown): Promise<Answer> => socket.timeout(5_000).emitWithAck(name, body);
  return { socket, events, closed, opened, ask, [Symbol.dispose]: () => void socket.close() };
};

describe('runs over WebSocket', () => {
  it('give the events that server-sent events give, live and from any number', async () => {
    await using app = await testApp({ RUN_FLUSH_MS: '5' });
    const { client, conversation } = await chatWith(app, 'alice', 'words-60-pace-5');
    using live = connect(app, app.visitor('alice'));
    expect(await live.opened).toBe('connected');
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    expect(await live.ask('run.subscribe', { runId: run.id })).toEqual({ ok: true });
    const streamed = await readRun(client, run.id);
    await expect.poll(() => live.events.at(-1)?.type).toBe('run-end');
    expect(live.events).toEqual(streamed);
    expect(textOf(live.events)).toBe(fakeText(60));
    using late = connect(app, app.visitor('alice'));
    await late.opened;
    expect(await late.ask('run.subscribe', { runId: run.id, after: 3 })).toEqual({ ok: true });
    await expect.poll(() => late.events).toEqual(streamed.slice(3));
    await expect.poll(() => late.closed).toEqual([run.id]);
  });

  it('are for those who may read them', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-20');
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    await readRun(client, run.id);
    await app.as('bob').me.get();
    using bob = connect(app, app.visitor('bob'));
    await bob.opened;
    const workspaceId = (await client.me.get()).workspaces[0]!.id;
    const refusals: [unknown, string][] = [
      [{ runId: run.id }, 'not_found'],
      [{ runId: run.id, workspaceId }, 'not_found'],
      [{ runId: unknownId }, 'not_found'],
      [{ runId: run.id, after: -1 }, 'invalid_request'],
      [{ runId: 'x' }, 'invalid_request'],
      [{ runId: run.id, more: 1 }, 'invalid_request'],
      [null, 'invalid_request'],
    ];
    for (const [body, code] of refusals)
      expect(await bob.ask('run.subscribe', body)).toMatchObject({ ok: false, problem: { code } });
    expect(bob.events).toEqual([]);
    using alice = connect(app, app.visitor('alice'));
    await alice.opened;
    expect(await alice.ask('run.subscribe', { runId: run.id, after: 999 })).toMatchObject({
      ok: false,
      problem: { code: 'invalid_request', status: 400 },
    });
  });

  it('need a session, and a page of this installation', async () => {
    await using app = await testApp();
    await app.as('alice').me.get();
    using stranger = connect(app, app.anonymous());
    expect(await stranger.opened).not.toBe('connected');
    using foreign = connect(app, app.visitor('alice'), { origin: 'https://evil.example' });
    expect(await foreign.opened).not.toBe('connected');
    const polling = await app.visitor('alice').fetch(`${app.url}/v1/realtime/?EIO=4&transport=polling`);
    expect(polling.ok).toBe(false);
  });

  it('end when the session ends, and when the subscriber has enough', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-12-hold-after-5');
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    using one = connect(app, app.visitor('alice'));
    await one.opened;
    await one.ask('run.subscribe', { runId: run.id });
    await expect.poll(() => textOf(one.events)).toBe(fakeText(5));
    expect(await one.ask('run.unsubscribe', { runId: run.id })).toEqual({ ok: true });
    using two = connect(app, app.visitor('alice'));
    await two.opened;
    await two.ask('run.subscribe', { runId: run.id });
    const gone = new Promise((resolve) => two.socket.on('disconnect', resolve));
    await client.auth.signOutEverywhere();
    expect(await gone).toBe('transport close');
    app.fake.release();
    expect(textOf(one.events)).toBe(fakeText(5));
    expect(textOf(two.events)).toBe(fakeText(5));
  });
});
