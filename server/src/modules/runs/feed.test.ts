import { describe, expect, it } from 'vitest';
import { testApp, type TestApp } from '../../testing/app.ts';
import { chatWith, readRun } from '../../testing/builders.ts';
import { createBroadcast } from '../../platform/broadcast.ts';
import { createEventReader } from './event-reader.ts';
import { createFeed } from './feed.ts';
import type { Frame } from './log-writer.ts';
import { createReaderRights, type Reading } from './reader-rights.ts';
import type { RunReader } from './run-reader.ts';
import { createWakeUps } from './wake-ups.ts';

/** The feed of a node that hears nothing of the others: what it has, it has from the log. */
const deafFeed = (app: TestApp, mayRead: (readers: readonly Reading[]) => Promise<boolean[]>) => {
  const broadcast = { ...createBroadcast(), isWhole: () => false };
  return createFeed({
    readEvents: createEventReader(app.database),
    rights: createReaderRights({ mayRead }),
    wakeUps: createWakeUps(broadcast),
    broadcast,
    telemetry: app.parley.telemetry,
  });
};

const collector = () => {
  const frames: Frame[] = [];
  let closed = false;
  let left = (): void => {};
  const reader: RunReader = {
    send: (piece) => frames.push(...piece.frames) > 0,
    ready: async () => !closed,
    close() {
      closed = true;
      left();
    },
    onClose: (listener) => (left = listener),
  };
  return { reader, frames, closed: () => closed };
};

const reading = async (app: TestApp, model: string) => {
  const { client, conversation } = await chatWith(app, 'alice', model);
  const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
  const { user, workspaces } = await client.me.get();
  const rights = { userId: user.id, sessionId: user.id, workspaceId: workspaces[0]!.id };
  return { client, conversation, run, place: { ...rights, conversationId: conversation.id, runId: run.id, after: 0 } };
};

describe('a node that hears no news', () => {
  it('looks into the log often enough, and its readers lack nothing', async () => {
    await using app = await testApp();
    const { client, run, place } = await reading(app, 'words-12-hold-after-5');
    const { reader, frames, closed } = collector();
    deafFeed(app, async (readers) => readers.map(() => true)).attach(reader, place);
    await app.fake.reached(5);
    await expect.poll(() => frames.some((frame) => frame.text.includes('w5'))).toBe(true);
    app.fake.release();
    await expect.poll(() => closed(), { timeout: 2_000 }).toBe(true);
    expect(frames.map((frame) => [frame.seq, frame.type])).toEqual(
      (await readRun(client, run.id)).map((event) => [event.seq, event.type]),
    );
  });

  it('asks within two seconds whether its readers still may', async () => {
    await using app = await testApp();
    const { place } = await reading(app, 'words-12-hold-after-5');
    const [stays, goes] = [collector(), collector()];
    const feed = deafFeed(app, async (readers) => readers.map((one) => one.sessionId !== 'gone'));
    feed.attach(stays.reader, place);
    feed.attach(goes.reader, { ...place, sessionId: 'gone' });
    await expect.poll(() => goes.closed(), { timeout: 2_000 }).toBe(true);
    expect(stays.closed()).toBe(false);
  });

  it('asks about readers who come while rights change, and lets those stay who still may', async () => {
    await using app = await testApp();
    const { place } = await reading(app, 'words-12-hold-after-5');
    const [stays, goes] = [collector(), collector()];
    const feed = deafFeed(app, async (readers) => readers.map((one) => one.sessionId !== 'gone'));
    feed.drop({ userId: place.userId });
    feed.attach(stays.reader, place);
    feed.attach(goes.reader, { ...place, sessionId: 'gone' });
    await expect.poll(() => goes.closed(), { timeout: 200, interval: 10 }).toBe(true);
    expect(stays.closed()).toBe(false);
  });

  it('shows out who reads of a deleted conversation', async () => {
    await using app = await testApp();
    const { client, conversation, place } = await reading(app, 'words-12-hold-after-5');
    const { reader, closed } = collector();
    deafFeed(app, async (readers) => readers.map(() => true)).attach(reader, place);
    await app.fake.reached(5);
    await client.conversations.delete(conversation.id);
    await expect.poll(() => closed(), { timeout: 2_000 }).toBe(true);
  });
});
