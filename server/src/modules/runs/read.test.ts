import { describe, expect, it } from 'vitest';
import { testApp, type TestApp } from '../../testing/app.ts';
import { chatWith, readRun, textOf } from '../../testing/builders.ts';
import { fakeText } from '../../testing/fake-model.ts';
import { unknownId } from '../../testing/problems.ts';
import { sha256Hex } from '../../platform/ids.ts';

const openEvents = (app: TestApp, person: string, runId: string, query: string, headers: Record<string, string> = {}) =>
  app.visitor(person).fetch(`${app.url}/v1/runs/${runId}/events${query}`, { headers });

/** Reads the body until it contains `piece`. */
const readUntil = async (response: Response, piece: string): Promise<string> => {
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!text.includes(piece)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
};

describe('reading', () => {
  it('gives a second reader the same text from every event number', async () => {
    await using app = await testApp({ RUN_FLUSH_MS: '5' });
    const { client, conversation } = await chatWith(app, 'alice', 'words-40-pace-20');
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    const live = await readRun(client, run.id);
    expect(live.length).toBeGreaterThan(8);
    for (let after = 0; after < live.length; after += 1)
      expect(await readRun(client, run.id, after)).toEqual(live.slice(after));
    expect(textOf(live)).toBe(fakeText(40));
    expect(live.at(-1)).toMatchObject({ data: { textSha256: sha256Hex(fakeText(40)), finalSeq: live.length } });
  });

  it('lets readers come and go while the answer is written', async () => {
    await using app = await testApp({ RUN_FLUSH_MS: '5' });
    const { client, conversation } = await chatWith(app, 'alice', 'words-60-pace-10');
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    const readers = Array.from({ length: 8 }, async (_none, index) => {
      await new Promise((resolve) => setTimeout(resolve, index * 60));
      return readRun(client, run.id);
    });
    for (const events of await Promise.all(readers)) {
      expect(textOf(events)).toBe(fakeText(60));
      expect(events.map((event) => event.seq)).toEqual(events.map((_event, index) => index + 1));
    }
  });

  it('goes on when nobody reads, and has it all for who comes back', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-10-hold-after-5');
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    await readUntil(await openEvents(app, 'alice', run.id, ''), 'w5');
    await app.fake.reached(5);
    app.fake.release();
    await expect.poll(async () => (await client.runs.get(run.id)).status).toBe('completed');
    expect(textOf(await readRun(client, run.id))).toBe(fakeText(10));
  });

  it('answers at once though the model is silent', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-3-first-3000');
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    const response = await openEvents(app, 'alice', run.id, '');
    expect(await readUntil(response, 'retry: ')).toMatch(/^retry: [123]\d{3}\n\n/);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    expect(response.headers.get('content-encoding')).toBeNull();
    expect((await client.runs.get(run.id)).status).toBe('running');
  });

  it('takes the place to resume from either form, and refuses garbage and the future', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-20');
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    const events = await readRun(client, run.id);
    const last = events.length;
    const byHeader = await (await openEvents(app, 'alice', run.id, '?after=0', { 'last-event-id': '1' })).text();
    expect(byHeader).not.toContain('id: 1\n');
    expect(byHeader).toContain(`id: ${last}\n`);
    const level = await openEvents(app, 'alice', run.id, `?after=${last}`);
    expect([level.status, await level.text()]).toEqual([200, expect.stringMatching(/^retry: \d+\n\n$/)]);
    for (const query of [
      '?after=x',
      '?after=-1',
      '?after=1.5',
      '?after=',
      `?after=${last + 1}`,
      '?after=99999999999',
      '?from=1',
    ])
      expect([query, (await openEvents(app, 'alice', run.id, query)).status]).toEqual([query, 400]);
    for (const id of ['x', '-1', '1e3', '0x1', '٣', '1,2', String(last + 1), '9'.repeat(40)])
      expect([
        id,
        (await openEvents(app, 'alice', run.id, '', { 'last-event-id': encodeURIComponent(id) })).status,
      ]).toEqual([id, 400]);
  });

  it('gives a reader that does not stay what the log holds, and lets it go', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-700-hold-after-600');
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    await readUntil(await openEvents(app, 'alice', run.id, ''), 'w600');
    const middle = await (await openEvents(app, 'alice', run.id, '?live=false')).text();
    expect(middle).toContain('w600');
    expect(middle).not.toContain('run-end');
    const last = middle.match(/(?<=^id: )\d+/gm)!.length;
    expect(await (await openEvents(app, 'alice', run.id, `?after=${last}&live=false`)).text()).toMatch(
      /^retry: \d+\n\n$/,
    );
    app.fake.release();
    const whole = await readRun(client, run.id);
    const rest = await (await openEvents(app, 'alice', run.id, `?after=${last}&live=false`)).text();
    expect(`${middle}${rest}`.match(/(?<=^id: )\d+/gm)!.map(Number)).toEqual(whole.map(({ seq }) => seq));
    expect(rest).toContain('event: run-end');
    expect((await openEvents(app, 'alice', run.id, '?live=maybe')).status).toBe(400);
  });

  it('shows nobody else’s run', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-20');
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    const bob = await app.member('alice', 'bob', 'admin');
    for (const id of [run.id, unknownId]) {
      await expect(bob.runs.get(id)).rejects.toMatchObject({ code: 'not_found' });
      await expect(bob.runs.stop(id)).rejects.toMatchObject({ code: 'not_found' });
      await expect(readRun(bob, id)).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  it('ends the stream within a second when the reader’s session ends', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-10-hold-after-5');
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    const response = await openEvents(app, 'alice', run.id, '');
    const began = performance.now();
    const whole = response.text();
    await client.auth.signOutEverywhere();
    expect(await whole).not.toContain('run-end');
    expect(performance.now() - began).toBeLessThan(1_000);
    expect((await openEvents(app, 'alice', run.id, '')).status).toBe(401);
  });

  it('sends those who come too late to the message', async () => {
    await using app = await testApp({ RUN_EVENT_HOURS: '1' });
    const { client, conversation } = await chatWith(app, 'alice', 'words-20');
    const { run, answer } = await client.conversations.send(conversation.id, { text: 'Go' });
    await readRun(client, run.id);
    await app.database.system
      .updateTable('run')
      .set({ ended_at: new Date(Date.now() - 2 * 3_600_000) })
      .execute();
    await app.runJob('runs.purge');
    const error = await readRun(client, run.id).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'resync',
      status: 409,
      problem: { message: { id: answer.id, parts: [{ type: 'text', text: fakeText(20) }] } },
    });
  });
});
