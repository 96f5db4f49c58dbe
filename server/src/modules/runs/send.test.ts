import { describe, expect, inject, it } from 'vitest';
import type { Database } from '../../platform/database/connect.ts';
import { copyTemplate } from '../../testing/database.ts';
import { testApp } from '../../testing/app.ts';
import { chatWith, readRun, textOf } from '../../testing/builders.ts';
import { fakeText } from '../../testing/fake-model.ts';
import { unknownId } from '../../testing/problems.ts';
import { sha256Hex } from '../../platform/ids.ts';

describe('sending', () => {
  it('keeps the question and answers it, with numbers and a hash that prove it is whole', async () => {
    await using app = await testApp();
    for (const kind of ['openai-compatible', 'anthropic'] as const) {
      const { client, conversation } = await chatWith(app, 'alice', 'words-50-cached-2', kind);
      const sent = await client.conversations.send(conversation.id, { text: 'Count to fifty.' });
      expect(sent.message).toMatchObject({
        role: 'user',
        parentId: null,
        parts: [{ type: 'text', text: 'Count to fifty.' }],
      });
      expect(sent.answer).toMatchObject({ role: 'assistant', parentId: sent.message.id });
      expect(sent.run).toMatchObject({ status: 'running', messageId: sent.answer.id });

      const events = await readRun(client, sent.run.id);
      expect(events.map((event) => event.seq)).toEqual(events.map((_event, index) => index + 1));
      expect(events[0]).toMatchObject({
        type: 'run-start',
        data: { messageId: sent.answer.id, model: 'words-50-cached-2' },
      });
      expect(textOf(events)).toBe(fakeText(50));
      expect(events.at(-1)).toMatchObject({
        type: 'run-end',
        data: { status: 'completed', stopReason: 'stop', finalSeq: events.length, textSha256: sha256Hex(fakeText(50)) },
      });
      const { messages } = await client.conversations.messages(conversation.id);
      expect(messages.map((message) => message.id)).toEqual([sent.message.id, sent.answer.id]);
      expect(messages[1]).toMatchObject({
        parts: [{ type: 'text', text: fakeText(50) }],
        run: { status: 'completed', usage: { outputTokens: 50, cacheReadTokens: 2 }, model: { provider: 'Fake' } },
      });
    }
  });

  it('gives the model the path to the question and the bot’s settings', async () => {
    await using app = await testApp();
    const { client, bot, conversation } = await chatWith(app, 'alice', 'words-2');
    await client.bots.update(bot.id, { temperature: 0.5, maxTokens: 100 });
    const first = await client.conversations.send(conversation.id, { text: 'One' });
    await readRun(client, first.run.id);
    const second = await client.conversations.send(conversation.id, { text: 'Two' });
    await readRun(client, second.run.id);
    expect(app.fake.calls.at(-1)?.body).toMatchObject({
      model: 'words-2',
      temperature: 0.5,
      max_tokens: 100,
      messages: [
        { role: 'system', content: 'Count.' },
        { role: 'user', content: 'One' },
        { role: 'assistant', content: fakeText(2) },
        { role: 'user', content: 'Two' },
      ],
    });
  });

  it('costs at most two statements, and opening a conversation four', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-1-first-400');
    await client.conversations.send(conversation.id, { text: 'warm up' });
    const counts: number[] = [];
    for (let round = 0; round < 5; round += 1)
      counts.push(
        await app.statements(() => client.conversations.send(conversation.id, { text: 'Hi', parentId: null })),
      );
    // An unlucky round meets the flush of another run or a lease's renewal.
    expect(Math.min(...counts)).toBeLessThanOrEqual(2);
    await client.conversations.messages(conversation.id);
    const opening: number[] = [];
    for (let round = 0; round < 5; round += 1)
      opening.push(await app.statements(() => client.conversations.messages(conversation.id)));
    expect(Math.min(...opening)).toBeLessThanOrEqual(4);
  });

  it('answers a repeated key with the same turn and one call to the provider', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-5');
    const key = 'once-only';
    const all = await Promise.all(
      Array.from({ length: 50 }, () =>
        client.conversations.send(conversation.id, { text: 'Once' }, { idempotencyKey: key }),
      ),
    );
    expect(new Set(all.map((sent) => `${sent.message.id} ${sent.answer.id} ${sent.run.id}`)).size).toBe(1);
    await readRun(client, all[0]!.run.id);
    expect(app.fake.calls.filter((call) => JSON.stringify(call.body).includes('Once'))).toHaveLength(1);
    expect((await client.conversations.messages(conversation.id)).messages).toHaveLength(2);

    const replay = await app.visitor('alice').fetch(`${app.url}/v1/conversations/${conversation.id}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ text: 'Once' }),
    });
    expect([replay.status, replay.headers.get('idempotent-replay')]).toEqual([201, 'true']);
    await expect(
      client.conversations.send(conversation.id, { text: 'Other' }, { idempotencyKey: key }),
    ).rejects.toMatchObject({ code: 'idempotency_mismatch', status: 422 });
  });

  it('begins the answer when the reply of the database was lost and the sender tries again', async () => {
    const copy = await copyTemplate(inject('template'));
    let lost = 0;
    const forgetful: Database = {
      ...copy.database,
      prepared: <Row extends object>(name: string, text: string) => {
        const run = copy.database.prepared<Row>(name, text);
        return async (scope, values) => {
          const rows = await run(scope, values);
          if (name === 'run-send' && (lost += 1) === 1) throw new Error('Connection terminated unexpectedly');
          return rows;
        };
      },
    };
    await using app = await testApp({}, { database: forgetful });
    const { client, conversation } = await chatWith(app, 'alice', 'words-5');
    const sent = await client.conversations.send(conversation.id, { text: 'Lost?' });
    expect(lost).toBe(2);
    expect(textOf(await readRun(client, sent.run.id))).toBe(fakeText(5));
    expect(app.fake.calls).toHaveLength(1);
    expect((await client.conversations.messages(conversation.id)).messages).toHaveLength(2);
  });

  it('streams on the sending connection when asked to, also on a repeat', async () => {
    await using app = await testApp();
    const { conversation } = await chatWith(app, 'alice', 'words-30');
    const post = () =>
      app.visitor('alice').fetch(`${app.url}/v1/conversations/${conversation.id}/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream', 'idempotency-key': 'a' },
        body: JSON.stringify({ text: 'Go' }),
      });
    const first = await post();
    expect(first.headers.get('content-type')).toContain('text/event-stream');
    expect(first.headers.get('cache-control')).toBe('no-store');
    expect(first.headers.get('parley-run')).toMatch(/^[0-9a-f-]{36}$/);
    const text = await first.text();
    expect(text.startsWith('retry: ')).toBe(true);
    expect(text).toContain('event: run-end');
    const second = await (await post()).text();
    const events = (stream: string): string => stream.slice(stream.indexOf('id: 1'));
    expect(events(second)).toBe(events(text));
  });

  it('queues a send behind the answer that is being written, and starts it when that ends', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-6-hold-after-3');
    const first = await client.conversations.send(conversation.id, { text: 'First' });
    await app.fake.reached(3);
    const second = await client.conversations.send(conversation.id, { text: 'Second' });
    expect(second.run.status).toBe('queued');
    expect(second.message.parentId).toBe(first.answer.id);
    expect(app.fake.calls).toHaveLength(1);
    app.fake.release();
    expect(textOf(await readRun(client, first.run.id))).toBe(fakeText(6));
    await expect.poll(() => app.fake.calls[1]?.wordsSent, { timeout: 10_000 }).toBe(3);
    app.fake.release();
    expect(textOf(await readRun(client, second.run.id))).toBe(fakeText(6));
    expect(app.fake.calls.at(-1)?.body).toMatchObject({
      messages: [{ role: 'system' }, { content: 'First' }, { content: fakeText(6) }, { content: 'Second' }],
    });
  });

  it('starts a branch when told where, and answers both at once', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-6-hold-after-3');
    const first = await client.conversations.send(conversation.id, { text: 'First' });
    const other = await client.conversations.send(conversation.id, { text: 'Other', parentId: null });
    expect(other.run.status).toBe('running');
    expect(other.message.parentId).toBeNull();
    // Both stand at the barrier before it opens: a later one would wait for another release.
    await expect.poll(() => app.fake.calls.map((call) => call.wordsSent), { timeout: 10_000 }).toEqual([3, 3]);
    app.fake.release();
    for (const sent of [first, other]) expect(textOf(await readRun(client, sent.run.id))).toBe(fakeText(6));
  });

  it('keeps every text of sends that meet in one conversation, in one line', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-3');
    const sent = await Promise.all(
      Array.from({ length: 6 }, (_none, index) =>
        client.conversations.send(conversation.id, { text: `Text ${index}` }),
      ),
    );
    for (const { run } of sent)
      expect((await readRun(client, run.id)).at(-1)).toMatchObject({ data: { status: 'completed' } });
    const { messages } = await client.conversations.messages(conversation.id);
    expect(messages).toHaveLength(12);
    const parents = messages.map((message) => message.parentId);
    expect(new Set(parents).size).toBe(parents.length);
  });

  it('answers again beside the first answer', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-3');
    const first = await client.conversations.send(conversation.id, { text: 'Again?' });
    await readRun(client, first.run.id);
    const second = await client.conversations.regenerate(conversation.id, first.message.id);
    expect(second.answer.parentId).toBe(first.message.id);
    expect(second.answer.id).not.toBe(first.answer.id);
    expect(textOf(await readRun(client, second.run.id))).toBe(fakeText(3));
    expect(app.fake.calls.at(-1)?.body).toMatchObject({
      messages: [{ role: 'system' }, { role: 'user', content: 'Again?' }],
    });
    await expect(client.conversations.regenerate(conversation.id, first.answer.id)).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('refuses what is not text and places that are not there, and changes nothing', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-3');
    const elsewhere = await chatWith(app, 'alice', 'words-3');
    const far = await client.conversations.send(elsewhere.conversation.id, { text: 'Far' });
    await readRun(client, far.run.id);
    const refused = [
      { text: '' },
      { text: '  \n' },
      { text: 'a\0b' },
      { text: '\ud800' },
      { text: 'x'.repeat(100_001) },
    ];
    for (const body of refused)
      await expect(client.conversations.send(conversation.id, body)).rejects.toMatchObject({
        code: 'invalid_request',
        errors: [{ path: 'text' }],
      });
    for (const parentId of [far.answer.id, far.message.id, unknownId])
      await expect(client.conversations.send(conversation.id, { text: 'Hi', parentId })).rejects.toMatchObject({
        code: 'invalid_request',
        errors: [{ path: 'parentId' }],
      });
    const bob = app.as('bob');
    for (const id of [conversation.id, unknownId])
      await expect(bob.conversations.send(id, { text: 'Hi' })).rejects.toMatchObject({ code: 'not_found' });
    expect((await client.conversations.messages(conversation.id)).messages).toEqual([]);
  });
});
