import { describe, expect, it } from 'vitest';
import { testApp } from '../../testing/app.ts';
import { chatWith, readRun, textOf } from '../../testing/builders.ts';
import { fakeText } from '../../testing/fake-model.ts';
import { sha256Hex } from '../../platform/ids.ts';

const emptySha = sha256Hex('');

describe('the end of a run', () => {
  it('by stopping keeps what was said, closes the provider within a second and can be repeated', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-10-hold-after-5');
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    await app.fake.reached(5);
    await expect
      .poll(async () => (await app.database.system.selectFrom('run_event').selectAll().execute()).length)
      .toBeGreaterThan(2);
    const stopped = await client.runs.stop(run.id);
    expect(stopped).toMatchObject({ status: 'stopped', stopReason: 'stopped', error: null });
    await expect.poll(() => app.fake.calls[0]?.closedEarly, { timeout: 1_000 }).toBe(true);
    expect(await client.runs.stop(run.id)).toEqual(stopped);
    const events = await readRun(client, run.id);
    expect(textOf(events)).toBe(fakeText(5));
    expect(stopped.textSha256).toBe(sha256Hex(fakeText(5)));
    const { messages } = await client.conversations.messages(conversation.id);
    expect(messages[1]?.parts).toEqual([{ type: 'text', text: fakeText(5) }]);
  });

  it('by stopping while it waits for its turn says nothing', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-6-hold-after-3');
    const first = await client.conversations.send(conversation.id, { text: 'First' });
    const second = await client.conversations.send(conversation.id, { text: 'Second' });
    expect(await client.runs.stop(second.run.id)).toMatchObject({ status: 'stopped', textSha256: emptySha });
    expect((await readRun(client, second.run.id)).map((event) => event.type)).toEqual(['run-start', 'run-end']);
    await app.fake.reached(3);
    app.fake.release();
    await readRun(client, first.run.id);
    expect(app.fake.calls).toHaveLength(1);
  });

  const faults = [
    ['status-401', 'upstream_unauthorized', ''],
    ['status-404', 'upstream_not_found', ''],
    ['status-429', 'upstream_rate_limited', ''],
    ['status-500', 'upstream_unavailable', ''],
    ['status-529', 'upstream_overloaded', ''],
    ['html-200', 'upstream_protocol', ''],
    ['words-9-error-after-4', 'upstream_', fakeText(4)],
    ['words-9-cut-after-4', 'upstream_cut', fakeText(4)],
    ['words-9-end-after-4', 'upstream_cut', fakeText(4)],
    ['words-9-garbage-after-4', 'upstream_protocol', fakeText(4)],
    ['words-9-stall-after-4', 'upstream_timeout', fakeText(4)],
  ] as const;

  it.each(['openai-compatible', 'anthropic'] as const)(
    'by a fault of the provider (%s) keeps what came and says what to do',
    async (kind) => {
      await using app = await testApp({ MODEL_IDLE_TIMEOUT_MS: '500' });
      for (const [model, code, text] of faults) {
        const { client, conversation } = await chatWith(app, 'alice', model, kind);
        const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
        const events = await readRun(client, run.id);
        expect([model, textOf(events)]).toEqual([model, text]);
        expect(events.at(-1)).toMatchObject({
          type: 'run-end',
          data: { status: 'failed', textSha256: sha256Hex(text) },
        });
        const ended = await client.runs.get(run.id);
        expect([model, ended.error?.code]).toEqual([model, expect.stringContaining(code)]);
        expect(ended.error?.message.length).toBeGreaterThan(20);
        const { messages } = await client.conversations.messages(conversation.id);
        expect(messages[0]?.parts).toEqual([{ type: 'text', text: 'Go' }]);
        expect(messages[1]?.parts).toEqual(text === '' ? [] : [{ type: 'text', text }]);
      }
    },
  );

  it('for want of a key, a provider or a model says so, and a retry works after the repair', async () => {
    await using app = await testApp();
    const { client, bot, conversation } = await chatWith(app, 'alice', 'words-3');
    const [provider] = (await client.providers.list()).items.filter((one) => one.source === 'workspace');
    await client.providers.update(provider!.id, { apiKey: 'sk-bad-0123456789' });
    const refused = await client.conversations.send(conversation.id, { text: 'Anyone?' });
    await readRun(client, refused.run.id);
    expect((await client.runs.get(refused.run.id)).error).toMatchObject({ code: 'upstream_unauthorized' });

    await client.providers.delete(provider!.id);
    const gone = await client.conversations.regenerate(conversation.id, refused.message.id);
    await readRun(client, gone.run.id);
    expect((await client.runs.get(gone.run.id)).error).toMatchObject({
      code: 'provider_missing',
      message: expect.stringContaining('Choose another model'),
    });

    const repaired = await app.fakeProvider(client);
    await client.bots.update(bot.id, { model: { providerId: repaired.id, name: 'words-3' } });
    const retried = await client.conversations.regenerate(conversation.id, refused.message.id);
    expect(textOf(await readRun(client, retried.run.id))).toBe(fakeText(3));
    const { messages } = await client.conversations.messages(conversation.id);
    expect(messages.filter((message) => message.role === 'user')).toHaveLength(1);
  });

  it('by a model that does not stop is cut off, and what came is kept', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-700000');
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    const text = textOf(await readRun(client, run.id));
    expect(text.length).toBeGreaterThan(4_000_000);
    expect(text.length).toBeLessThan(fakeText(700_000).length);
    expect(await client.runs.get(run.id)).toMatchObject({
      status: 'failed',
      error: { code: 'answer_too_long' },
      textSha256: sha256Hex(text),
    });
    const { messages } = await client.conversations.messages(conversation.id);
    expect(messages[1]?.parts).toEqual([{ type: 'text', text }]);
  }, 90_000);

  it('for want of the bot says so', async () => {
    await using app = await testApp();
    const { client, bot, conversation } = await chatWith(app, 'alice', 'words-3');
    await client.bots.delete(bot.id);
    const { run } = await client.conversations.send(conversation.id, { text: 'Anyone?' });
    await readRun(client, run.id);
    expect((await client.runs.get(run.id)).error).toMatchObject({ code: 'bot_missing' });
  });

  it('is awaited by a server that stops, which takes nothing new meanwhile', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-12-hold-after-5');
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    await app.fake.reached(5);
    const stopped = app.parley.runs.stop(20_000);
    const ready = await fetch(`${app.url}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([503, { status: 'stopping' }]);
    await expect(client.conversations.send(conversation.id, { text: 'More' })).rejects.toMatchObject({
      code: 'unavailable',
      retryAfter: 1,
    });
    const events = readRun(client, run.id);
    app.fake.release();
    await stopped;
    expect(textOf(await events)).toBe(fakeText(12));
    expect((await client.conversations.messages(conversation.id)).messages).toHaveLength(2);
  });

  it('in order at a restart is an interruption that a retry follows', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'words-10-hold-after-5');
    const { run, message } = await client.conversations.send(conversation.id, { text: 'Go' });
    const reading = readRun(client, run.id);
    await app.fake.reached(5);
    await expect
      .poll(async () => (await app.database.system.selectFrom('run_event').selectAll().execute()).length)
      .toBeGreaterThan(2);
    await app.restart();
    const events = await reading;
    expect(events.at(-1)).toMatchObject({ type: 'run-end', data: { status: 'interrupted' } });
    expect(textOf(events)).toBe(fakeText(5));
    expect(await client.runs.get(run.id)).toMatchObject({ status: 'interrupted', error: { retryable: true } });
    app.fake.reset();
    const retried = await client.conversations.regenerate(conversation.id, message.id);
    expect(retried.run.status).toBe('running');
  });
});
