import { describe, expect, it } from 'vitest';
import { testApp } from '../../testing/app.ts';
import { chatWith, readRun, textOf } from '../../testing/builders.ts';
import { fakeText } from '../../testing/fake-model.ts';
import { unknownId } from '../../testing/problems.ts';
import { sha256Hex } from '../../platform/ids.ts';

describe('continuing an answer that broke off', () => {
  it('begins a new answer with the kept text and asks the model to go on from there', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-9-cut-after-4-times-1');
    const first = await client.conversations.send(conversation.id, { text: 'Count.' });
    await readRun(client, first.run.id);
    const second = await client.conversations.continueAnswer(conversation.id, first.message.id, first.answer.id);
    const events = await readRun(client, second.run.id);
    const whole = fakeText(4) + fakeText(9);
    expect(textOf(events)).toBe(whole);
    expect(events.at(-1)).toMatchObject({ data: { status: 'completed', textSha256: sha256Hex(whole) } });
    expect(app.fake.calls.at(-1)?.body).toMatchObject({
      messages: [
        { role: 'system' },
        { role: 'user', content: 'Count.' },
        { role: 'assistant', content: fakeText(4) },
        { role: 'user', content: expect.stringContaining('Go on from exactly there') as string },
      ],
    });
    const { messages } = await client.conversations.messages(conversation.id);
    expect(messages.map((message) => message.parts)).toEqual([
      [{ type: 'text', text: 'Count.' }],
      [{ type: 'text', text: fakeText(4) }],
      [{ type: 'text', text: whole }],
    ]);
  });

  it('keeps the text also when going on fails at once', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-9-cut-after-4-times-1');
    const first = await client.conversations.send(conversation.id, { text: 'Count.' });
    await readRun(client, first.run.id);
    await app.fake.close();
    const second = await client.conversations.continueAnswer(conversation.id, first.message.id, first.answer.id);
    expect(textOf(await readRun(client, second.run.id))).toBe(fakeText(4));
    const { messages } = await client.conversations.messages(conversation.id);
    expect(messages[2]).toMatchObject({ run: { status: 'failed' }, parts: [{ type: 'text', text: fakeText(4) }] });
  });

  it('refuses what is no ended answer to this question, and changes nothing', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-6-hold-after-3');
    const elsewhere = await chatWith(app, 'alice', 'words-2');
    const far = await client.conversations.send(elsewhere.conversation.id, { text: 'Far' });
    await readRun(client, far.run.id);
    const sent = await client.conversations.send(conversation.id, { text: 'Count.' });
    await app.fake.reached(3);
    for (const answerId of [sent.answer.id, sent.message.id, far.answer.id, unknownId])
      await expect(
        client.conversations.continueAnswer(conversation.id, sent.message.id, answerId),
      ).rejects.toMatchObject({ code: 'invalid_request', errors: [{ path: 'continueFrom' }] });
    app.fake.release();
    await readRun(client, sent.run.id);
    await expect(
      app.as('bob').conversations.continueAnswer(conversation.id, sent.message.id, sent.answer.id),
    ).rejects.toMatchObject({ code: 'not_found' });
    expect((await client.conversations.messages(conversation.id)).messages).toHaveLength(2);
  });
});

describe('what became of a send', () => {
  it('is told by its key, to the sender alone', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-2');
    const key = 'a/key with? no'.replaceAll(' ', '%');
    expect(await client.conversations.findSend(key)).toEqual({ done: false, turn: null });
    const sent = await client.conversations.send(conversation.id, { text: 'Hi' }, { idempotencyKey: key });
    await readRun(client, sent.run.id);
    expect(await client.conversations.findSend(key)).toMatchObject({
      done: true,
      turn: { message: { id: sent.message.id }, answer: { id: sent.answer.id }, run: { id: sent.run.id } },
    });
    expect(await client.conversations.findSend(key, 'answer')).toEqual({ done: false, turn: null });
    expect(await app.as('bob').conversations.findSend(key)).toEqual({ done: false, turn: null });
    await expect(client.conversations.findSend('')).rejects.toMatchObject({ errors: [{ path: 'key' }] });
  });

  it('is forgotten when the key has expired, which then sends anew', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-2');
    const send = () => client.conversations.send(conversation.id, { text: 'Hi' }, { idempotencyKey: 'old' });
    const first = await send();
    await readRun(client, first.run.id);
    const rows = app.database.system.updateTable('idempotency');
    const week = 7 * 86_400_000;
    const [row] = await app.database.system.selectFrom('idempotency').selectAll().execute();
    expect(row!.expires_at.getTime() - row!.created_at.getTime()).toBe(week);
    await rows.set({ expires_at: new Date(Date.now() + 60_000) }).execute();
    await app.runJob('runs.purge');
    expect((await send()).run.id).toBe(first.run.id);
    await rows.set({ expires_at: new Date(Date.now() - 60_000) }).execute();
    await app.runJob('runs.purge');
    expect((await send()).run.id).not.toBe(first.run.id);
  });
});
