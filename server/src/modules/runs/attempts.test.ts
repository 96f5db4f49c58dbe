import type { RunEvent } from '@parley/sdk';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { testApp, type TestApp } from '../../testing/app.ts';
import { chatWith, readRun, textOf } from '../../testing/builders.ts';
import { fakeText } from '../../testing/fake-model.ts';

type Kind = 'openai-compatible' | 'anthropic';

/** Asks a bot whose model and fallback models are fake ones with these names; tells what became of it. */
const answerOf = async (app: TestApp, models: readonly string[], kind: Kind = 'openai-compatible') => {
  app.fake.reset();
  const [model, ...others] = models;
  const { client, bot, conversation } = await chatWith(app, 'alice', model!, kind);
  const { providerId } = bot.model!;
  if (others.length > 0) await client.bots.update(bot.id, { fallbacks: others.map((name) => ({ providerId, name })) });
  const began = performance.now();
  const { run: sent } = await client.conversations.send(conversation.id, { text: 'Go' });
  const events = await readRun(client, sent.id);
  const ms = performance.now() - began;
  const run = await client.runs.get(sent.id);
  return { client, conversation, run, events, ms, codes: run.attempts.map(({ code }) => code), text: textOf(events) };
};

const noticesOf = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'notice' ? [event.data] : []));
const stepsOf = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'step-start' ? [event.data] : []));

/** What always holds between a run, its log and its provider. */
const expectRecorded = (app: TestApp, { run, events }: Awaited<ReturnType<typeof answerOf>>): void => {
  expect(run.attempts.filter(({ called }) => called)).toHaveLength(app.fake.calls.length);
  expect(noticesOf(events).filter(({ kind }) => kind !== 'waiting')).toHaveLength(run.attempts.length - 1);
  expect(run.attempts.slice(0, -1).every(({ code, firstTokenMs }) => code !== null && firstTokenMs === null)).toBe(
    true,
  );
  expect(run.attempts.at(-1)!.code === null).toBe(run.status === 'completed');
};

describe('a provider that refuses before the first word', () => {
  const retried: Record<number, string> = {
    408: 'upstream_unavailable',
    429: 'upstream_rate_limited',
    500: 'upstream_unavailable',
    501: 'upstream_unavailable',
    502: 'upstream_unavailable',
    503: 'upstream_overloaded',
    504: 'upstream_unavailable',
    520: 'upstream_unavailable',
    524: 'upstream_unavailable',
    529: 'upstream_overloaded',
  };
  const final: Record<number, string> = {
    400: 'upstream_refused',
    401: 'upstream_unauthorized',
    402: 'upstream_quota',
    403: 'upstream_unauthorized',
    404: 'upstream_not_found',
    405: 'upstream_refused',
    409: 'upstream_refused',
    413: 'upstream_refused',
    422: 'upstream_refused',
  };

  it.each(['openai-compatible', 'anthropic'] as const)(
    'with any status from 400 to 529 (%s) is asked again where that helps, and every call is recorded',
    async (kind) => {
      await using app = await testApp();
      for (const [status, code] of Object.entries(retried)) {
        const failed = await answerOf(app, [`status-${status}`], kind);
        expect([status, failed.run.status, failed.run.error?.code, failed.codes]).toEqual([
          status,
          'failed',
          code,
          [code, code, code],
        ]);
        expectRecorded(app, failed);
        const passed = await answerOf(app, [`status-${status}-times-2-words-3`], kind);
        expect([status, passed.run.status, passed.codes, passed.text]).toEqual([
          status,
          'completed',
          [code, code, null],
          fakeText(3),
        ]);
        expectRecorded(app, passed);
      }
      for (const [status, code] of Object.entries(final)) {
        const failed = await answerOf(app, [`status-${status}-times-2`], kind);
        expect([status, failed.run.status, failed.codes]).toEqual([status, 'failed', [code]]);
        expectRecorded(app, failed);
      }
    },
    120_000,
  );

  it('without credit is not asked again, though it answers 429', async () => {
    await using app = await testApp();
    for (const kind of ['openai-compatible', 'anthropic'] as const) {
      const failed = await answerOf(app, ['quota-times-2'], kind);
      expect(failed.run).toMatchObject({ status: 'failed', error: { code: 'upstream_quota', retryable: false } });
      expectRecorded(app, failed);
    }
  });

  it('by a fault of the network, a cut or an error in a stream of status 200 is asked again', async () => {
    await using app = await testApp();
    for (const fault of ['reset', 'cut-after-0', 'end-after-0', 'error-after-0']) {
      const passed = await answerOf(app, [`${fault}-times-2-words-3`]);
      expect([fault, passed.run.status, passed.text, passed.codes.length]).toEqual([
        fault,
        'completed',
        fakeText(3),
        3,
      ]);
      expectRecorded(app, passed);
    }
  });

  it('after a word or a thought is not asked again', async () => {
    await using app = await testApp();
    for (const model of ['words-9-cut-after-1', 'reasoning-3-cut-after-0', 'words-9-error-after-4']) {
      const failed = await answerOf(app, [model, 'words-3']);
      expect([model, failed.run.status, failed.run.attempts.length]).toEqual([model, 'failed', 1]);
      expect(failed.run.attempts[0]?.firstTokenMs).toBeGreaterThanOrEqual(0);
      expectRecorded(app, failed);
    }
  });

  it('is asked again when it said, not sooner, and readers hear of it meanwhile', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'status-429-wait-700-times-1-words-3');
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    for await (const event of client.runs.stream(run.id)) {
      if (event.type !== 'notice') continue;
      expect(event.data).toMatchObject({
        kind: 'retry',
        attempt: 1,
        code: 'upstream_rate_limited',
        from: { provider: 'Fake', name: 'status-429-wait-700-times-1-words-3' },
      });
      expect(event.data.waitMs).toBeGreaterThanOrEqual(700);
      expect(app.fake.calls).toHaveLength(1);
    }
    const [first, second] = (await client.runs.get(run.id)).attempts;
    const gap = Date.parse(second!.startedAt) - Date.parse(first!.startedAt);
    expect(gap).toBeGreaterThanOrEqual(695);
  });

  it('is not waited for beyond the deadline', async () => {
    await using app = await testApp({ MODEL_DEADLINE_MS: '2000' });
    const failed = await answerOf(app, ['status-429-retry-60']);
    expect(failed.codes).toEqual(['upstream_rate_limited']);
    expect(failed.ms).toBeLessThan(1_900);
  });

  it('has one deadline for all attempts, the last of them included', async () => {
    await using app = await testApp({ MODEL_DEADLINE_MS: '1500', MODEL_ATTEMPTS: '10' });
    const silent = await answerOf(app, ['status-503-wait-400-times-1-first-20000']);
    expect(silent.codes).toEqual(['upstream_overloaded', 'upstream_timeout']);
    expect(silent.ms).toBeGreaterThan(1_400);
    expect(silent.ms).toBeLessThan(6_000);
    const busy = await answerOf(app, ['status-503-wait-400']);
    expect(busy.codes.length).toBeGreaterThan(1);
    expect(busy.codes.length).toBeLessThan(5);
    expectRecorded(app, busy);
  });

  it('has one limit for the whole time, pauses and earlier attempts included', async () => {
    await using app = await testApp({ MODEL_FIRST_TOKEN_TIMEOUT_MS: '2900', MODEL_TOTAL_TIMEOUT_MS: '3000' });
    const late = await answerOf(app, ['status-503-wait-2000-times-1-words-500-pace-20']);
    expect(late.codes).toEqual(['upstream_overloaded', 'upstream_timeout']);
    expect(late.run.error?.message).toContain('total');
    expect(late.ms).toBeLessThan(4_700);
  });

  it('leaves one line for each attempt, with ids and codes but nobody’s words', async () => {
    const lines: Record<string, unknown>[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(JSON.parse(line) as (typeof lines)[0]) });
    await using app = await testApp({ MODEL_ATTEMPTS: '1' }, { log });
    const failed = await answerOf(app, ['status-503', 'reset']);
    const about = { runId: failed.run.id };
    expect(lines.filter(({ runId }) => runId === failed.run.id)).toMatchObject([
      { ...about, msg: 'model call failed', attempt: 1, code: 'upstream_overloaded', status: 503, network: null },
      { ...about, msg: 'model call failed', attempt: 2, code: 'upstream_unavailable', network: 'UND_ERR_SOCKET' },
    ]);
    expect(JSON.stringify(lines)).not.toContain('fake status');
    const metrics = await app.parley.telemetry.registry.metrics();
    expect(metrics).toContain('parley_upstream_faults_total{code="upstream_overloaded"} 1');
  });

  it('can be stopped in the pause between two attempts', async () => {
    await using app = await testApp();
    const { client, conversation } = await chatWith(app, 'alice', 'status-503-wait-60000');
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    for await (const event of client.runs.stream(run.id)) if (event.type === 'notice') break;
    const began = performance.now();
    const stopped = await client.runs.stop(run.id);
    expect(performance.now() - began).toBeLessThan(1_400);
    expect(stopped).toMatchObject({ status: 'stopped', error: null });
    expect(stopped.attempts.map(({ code }) => code)).toEqual(['upstream_overloaded']);
    expect(app.fake.calls).toHaveLength(1);
  });
});

describe('fallback models', () => {
  it('answer in order, and the run says which one did', async () => {
    await using app = await testApp();
    const answered = await answerOf(app, ['status-401', 'status-503', 'quota', 'words-4']);
    expect(answered.codes).toEqual([
      'upstream_unauthorized',
      'upstream_overloaded',
      'upstream_overloaded',
      'upstream_overloaded',
      'upstream_quota',
      null,
    ]);
    expect(answered.run).toMatchObject({ status: 'completed', model: { provider: 'Fake', name: 'words-4' } });
    expect(answered.text).toBe(fakeText(4));
    expectRecorded(app, answered);
    expect(noticesOf(answered.events).map(({ kind, attempt, to }) => [kind, attempt, to?.name])).toEqual([
      ['fallback', 1, 'status-503'],
      ['retry', 2, 'status-503'],
      ['retry', 3, 'status-503'],
      ['fallback', 4, 'quota'],
      ['fallback', 5, 'words-4'],
    ]);
    expect(stepsOf(answered.events).map(({ attempt, model }) => [attempt, model])).toEqual(
      answered.run.attempts.map(({ model }, index) => [index + 1, model]),
    );
    const { messages } = await answered.client.conversations.messages(answered.conversation.id);
    expect(messages[1]?.run?.attempts).toEqual(answered.run.attempts);
  });

  it('answer for a model that is silent, which is not asked twice', async () => {
    await using app = await testApp({ MODEL_FIRST_TOKEN_TIMEOUT_MS: '300' });
    const answered = await answerOf(app, ['head-20000', 'words-3']);
    expect(answered.codes).toEqual(['upstream_timeout', null]);
    expect(answered.run.status).toBe('completed');
  });

  it('answer at once when the provider asks for a long wait', async () => {
    await using app = await testApp();
    const answered = await answerOf(app, ['status-429-retry-60', 'words-3']);
    expect(answered.codes).toEqual(['upstream_rate_limited', null]);
    expect(answered.ms).toBeLessThan(10_000);
  });

  it('are not asked a question that was refused as such', async () => {
    await using app = await testApp();
    expect((await answerOf(app, ['status-400', 'words-3'])).codes).toEqual(['upstream_refused']);
  });

  it('whose provider was deleted are skipped, and that is recorded', async () => {
    await using app = await testApp();
    const { client, bot, conversation } = await chatWith(app, 'alice', 'status-401');
    const gone = await app.fakeProvider(client);
    const ref = (providerId: string, name: string) => ({ providerId, name });
    await client.bots.update(bot.id, {
      fallbacks: [ref(gone.id, 'words-9'), ref(bot.model!.providerId, 'words-2')],
    });
    await client.providers.delete(gone.id);
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    const events = await readRun(client, run.id);
    expect(textOf(events)).toBe(fakeText(2));
    expect((await client.runs.get(run.id)).attempts).toMatchObject([
      { code: 'upstream_unauthorized', called: true },
      { code: 'provider_missing', called: false, providerId: gone.id, providerName: null, model: 'words-9' },
      { code: null, called: true },
    ]);
    expect(app.fake.calls).toHaveLength(2);
  });

  it('that all fail leave the error of the last one that was asked', async () => {
    await using app = await testApp();
    const failed = await answerOf(app, ['status-503', 'status-404']);
    expect(failed.run).toMatchObject({
      status: 'failed',
      error: { code: 'upstream_not_found' },
      model: { name: 'status-404' },
    });
    expectRecorded(app, failed);
  });
});

describe('a run whose process is gone', () => {
  it('still knows whom it asked', async () => {
    await using app = await testApp();
    const { client, bot, conversation } = await chatWith(app, 'alice', 'status-404');
    const { providerId } = bot.model!;
    const names = ['status-503-times-1-hold-after-2-words-4'];
    await client.bots.update(bot.id, { fallbacks: names.map((name) => ({ providerId, name })) });
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    await app.fake.reached(2);
    const deltas = () => app.database.system.selectFrom('run_event').where('type', '=', 'text-delta').selectAll();
    await expect.poll(async () => (await deltas().execute()).length).toBe(1);
    const gone = { owner: 'a process that died', lease_until: new Date(0) };
    await app.database.system.updateTable('run').set(gone).where('id', '=', run.id).execute();
    await expect.poll(async () => (await client.runs.get(run.id)).status, { timeout: 8_000 }).toBe('interrupted');
    const { attempts } = await client.runs.get(run.id);
    expect(attempts).toMatchObject([
      { providerId, providerName: 'Fake', model: 'status-404', called: true, code: 'upstream_not_found' },
      { model: names[0], called: true, code: 'upstream_overloaded' },
      { model: names[0], called: true, code: 'interrupted', usage: null },
    ]);
    expect(attempts).toHaveLength(app.fake.calls.length);
    app.fake.release();
  });

  it('counts the call it may have made before it could say so', async () => {
    await using app = await testApp();
    const { client, bot, conversation } = await chatWith(app, 'alice', 'words-4-hold-after-2');
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    await app.fake.reached(2);
    const events = () => app.database.system.selectFrom('run_event').where('run_id', '=', run.id).selectAll();
    await expect.poll(async () => (await events().execute()).length).toBeGreaterThan(1);
    await app.database.system.deleteFrom('run_event').where('run_id', '=', run.id).where('seq', '>', 1).execute();
    const gone = { owner: 'a process that died', lease_until: new Date(0) };
    await app.database.system.updateTable('run').set(gone).where('id', '=', run.id).execute();
    await expect.poll(async () => (await client.runs.get(run.id)).status, { timeout: 8_000 }).toBe('interrupted');
    expect((await client.runs.get(run.id)).attempts).toMatchObject([
      { providerId: bot.model!.providerId, model: 'words-4-hold-after-2', called: true, code: 'interrupted' },
    ]);
    app.fake.release();
  });
});

describe('what providers report', () => {
  it('is counted once for each attempt', async () => {
    await using app = await testApp();
    const answered = await answerOf(app, ['error-after-0-times-1-words-5'], 'anthropic');
    const [first, second] = answered.run.attempts;
    expect(first).toMatchObject({ code: 'upstream_overloaded', usage: { inputTokens: 2, outputTokens: 1 } });
    expect(second).toMatchObject({ code: null, usage: { inputTokens: 2, outputTokens: 5 } });
    expect(answered.run.usage).toMatchObject({ inputTokens: 4, outputTokens: 6 });
    const counted = answered.events.filter((event) => event.type === 'usage');
    expect(counted.map(({ data }) => data)).toMatchObject([answered.run.usage]);
  });
});

describe('a provider that is down', () => {
  it('is left alone for a while, which the asker is told, and comes back by itself', async () => {
    await using app = await testApp({ MODEL_CIRCUIT_FAILURES: '2', MODEL_CIRCUIT_PAUSE_MS: '1500' });
    const down = await answerOf(app, ['status-503-times-2-words-3']);
    expect(down.run.attempts.map(({ code, called }) => [code, called])).toEqual([
      ['upstream_overloaded', true],
      ['upstream_overloaded', true],
      ['upstream_unavailable', false],
    ]);
    expect(down.run.error?.code).toBe('upstream_overloaded');
    expectRecorded(app, down);

    const ask = async () => {
      const { run } = await down.client.conversations.send(down.conversation.id, { text: 'And now?' });
      await readRun(down.client, run.id);
      return down.client.runs.get(run.id);
    };
    const refused = await ask();
    expect(refused).toMatchObject({ status: 'failed', error: { code: 'upstream_unavailable', retryable: true } });
    expect(refused.error?.message).toMatch(/next try is possible in \d+ s/);
    expect(app.fake.calls).toHaveLength(2);
    const other = await chatWith(app, 'alice', 'words-3');
    const elsewhere = await other.client.conversations.send(other.conversation.id, { text: 'Go' });
    expect(textOf(await readRun(other.client, elsewhere.run.id))).toBe(fakeText(3));
    await expect.poll(async () => (await ask()).status, { timeout: 8_000, interval: 200 }).toBe('completed');
    const metrics = await app.parley.telemetry.registry.metrics();
    expect(metrics).toContain('parley_circuit_changes_total{to="open"} 1');
    expect(metrics).toContain('parley_circuit_changes_total{to="closed"} 1');
  }, 20_000);
});

describe('a key that is used by as many as it may', () => {
  it('lets the next wait, tells it so, and lets it stop', async () => {
    await using app = await testApp({ MODEL_CONCURRENCY: '1' });
    const { client, bot, conversation } = await chatWith(app, 'alice', 'words-4-hold-after-2');
    const ask = async (conversationId: string) =>
      (await client.conversations.send(conversationId, { text: 'Go' })).run.id;
    const first = await ask(conversation.id);
    await app.fake.reached(2);
    const places = [1, 2].map(() => client.conversations.create({ botId: bot.id }));
    const [second, third] = await Promise.all(places.map(async (place) => ask((await place).id)));
    for (const run of [second!, third!])
      for await (const event of client.runs.stream(run))
        if (event.type === 'notice') {
          expect(event.data.kind).toBe('waiting');
          break;
        }
    expect(await client.runs.stop(second!)).toMatchObject({ status: 'stopped' });
    expect(app.fake.calls).toHaveLength(1);
    app.fake.release();
    expect(textOf(await readRun(client, first))).toBe(fakeText(4));
    await expect.poll(() => app.fake.calls.length).toBe(2);
    await expect.poll(() => app.fake.calls[1]!.wordsSent).toBe(2);
    app.fake.release();
    expect(textOf(await readRun(client, third!))).toBe(fakeText(4));
  });
});
