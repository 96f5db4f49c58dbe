import pino from 'pino';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createTelemetry } from '../../platform/telemetry.ts';
import { createModelCall } from './call.ts';
import { createCredentials, type CallRules } from './credentials.ts';
import { ProviderError } from './provider.ts';
import { createProbe } from './providers/testing/probe.ts';
import type { ResolvedModel } from './resolve.ts';

const { fake, providers, close } = await createProbe(new Date());
afterAll(close);
beforeEach(() => fake.reset());

const limits = { connectMs: 2000, firstTokenMs: 2000, idleMs: 2000, totalMs: 10_000 };

const setUp = (changes: Partial<CallRules> = {}) => {
  const telemetry = createTelemetry(() => 0);
  const time = { now: 0 };
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line) as (typeof lines)[0]) });
  const credentials = createCredentials({
    rules: { concurrency: 100, circuitFailures: 3, circuitPauseMs: 1000, ...changes },
    log,
    telemetry,
    now: () => time.now,
    random: () => 0,
  });
  const call = createModelCall(telemetry);
  const modelOf = (model: string, workspaceId = 'w1', apiKey = 'key-1234'): ResolvedModel => {
    const settings = { kind: 'openai-compatible' as const, baseUrl: fake.url, apiKey };
    const credential = credentials.of(workspaceId, 'p1', settings);
    const provider = providers['openai-compatible'];
    return {
      provider,
      settings,
      providerId: 'p1',
      providerName: 'Fake',
      kind: 'openai-compatible',
      model,
      credential,
    };
  };
  const ask = async (
    model: ResolvedModel,
    options: { signal?: AbortSignal; firstTokenMs?: number; onWait?: () => void; onText?: (text: string) => void } = {},
  ): Promise<string> => {
    let text = '';
    const request = {
      model: model.model,
      instructions: '',
      messages: [{ role: 'user' as const, text: 'Go' }],
      temperature: null,
      maxTokens: null,
    };
    const sink = {
      open: () => undefined,
      text: (delta: string) => {
        text += delta;
        options.onText?.(text);
      },
      reasoning: () => undefined,
      usage: () => undefined,
    };
    await call(model, request, sink, {
      signal: options.signal ?? new AbortController().signal,
      limits: { ...limits, firstTokenMs: options.firstTokenMs ?? limits.firstTokenMs },
      onWait: options.onWait ?? (() => undefined),
    });
    return text;
  };
  const failed = async (...given: Parameters<typeof ask>): Promise<ProviderError> => {
    const error: unknown = await ask(...given).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ProviderError);
    return error as ProviderError;
  };
  const metric = async (name: string): Promise<number> =>
    (await telemetry.registry.getSingleMetric(name)!.get()).values.reduce((sum, { value }) => sum + value, 0);
  return { time, lines, credentials, modelOf, ask, failed, metric };
};

describe('a credential whose provider is down', () => {
  test('is not used until the pause is over, then by one call, and then by all again', async () => {
    const { time, lines, modelOf, ask, failed, metric } = setUp();
    for (const model of ['status-503', 'reset', 'status-500'])
      expect(await failed(modelOf(model))).toMatchObject({ sent: true });
    const refused = await failed(modelOf('words-3'));
    expect(refused).toMatchObject({ code: 'upstream_unavailable', sent: false, retryAfterMs: 1000, retryable: true });
    expect(refused.message).toContain('in 1 s');
    expect(fake.calls).toHaveLength(3);

    time.now = 1000;
    const probe = ask(modelOf('hold-after-2-words-3'));
    await fake.reached(2);
    // Its first words are proof enough: nobody waits for its end.
    await expect.poll(() => ask(modelOf('words-3')).catch(() => null)).toBe('w1 w2 w3');
    fake.release();
    expect(await probe).toBe('w1 w2 w3');
    expect(lines.map(({ state, workspaceId, providerId }) => [state, workspaceId, providerId])).toEqual([
      ['open', 'w1', 'p1'],
      ['half_open', 'w1', 'p1'],
      ['closed', 'w1', 'p1'],
    ]);
    expect(JSON.stringify(lines)).not.toContain('key-1234');
    expect(await metric('parley_circuit_changes_total')).toBe(3);
  });

  test('refuses other calls while the probe is silent', async () => {
    const { time, modelOf, ask, failed } = setUp();
    for (let i = 0; i < 3; i += 1) await failed(modelOf('status-502'));
    time.now = 1000;
    const probe = ask(modelOf('hold-after-0-words-2'));
    await expect.poll(() => fake.calls.length).toBe(4);
    expect(await failed(modelOf('words-2'))).toMatchObject({ sent: false });
    await fake.reached(0);
    fake.release();
    await probe;
    expect(await ask(modelOf('words-2'))).toBe('w1 w2');
  });

  test('is a matter of its own workspace and of its own key', async () => {
    const { modelOf, ask, failed } = setUp();
    for (let i = 0; i < 3; i += 1) await failed(modelOf('status-503'));
    expect(await failed(modelOf('words-2'))).toMatchObject({ sent: false });
    expect(await ask(modelOf('words-2', 'w2'))).toBe('w1 w2');
    expect(await ask(modelOf('words-2', 'w1', 'another-key'))).toBe('w1 w2');
  });

  test.each(['status-400', 'status-401', 'status-404', 'status-429', 'quota', 'html-200'])(
    'is not what %s tells',
    async (model) => {
      const { modelOf, ask, failed } = setUp();
      for (let i = 0; i < 5; i += 1) await failed(modelOf(model));
      expect(await ask(modelOf('words-2'))).toBe('w1 w2');
    },
  );

  test('is noticed by silence before the first word, too', async () => {
    const { modelOf, failed } = setUp();
    for (let i = 0; i < 3; i += 1) await failed(modelOf('head-5000'), { firstTokenMs: 30 });
    expect(await failed(modelOf('words-2'))).toMatchObject({ sent: false });
  });
});

describe('a credential that is used by as many as it may', () => {
  test('lets others wait in line and tells them', async () => {
    const { modelOf, ask, metric } = setUp({ concurrency: 2 });
    let waited = 0;
    const first = [ask(modelOf('hold-after-1-words-2')), ask(modelOf('hold-after-1-words-2'))];
    await expect.poll(() => fake.calls.filter(({ wordsSent }) => wordsSent === 1).length).toBe(2);
    const others = [1, 2, 3].map(() => ask(modelOf('words-2'), { onWait: () => (waited += 1) }));
    await expect.poll(() => waited).toBe(3);
    expect(await metric('parley_model_calls_waiting')).toBe(3);
    expect(await metric('parley_model_calls_running')).toBe(2);
    expect(fake.calls).toHaveLength(2);
    fake.release();
    expect(await Promise.all([...first, ...others])).toEqual(Array.from({ length: 5 }, () => 'w1 w2'));
    expect(await metric('parley_model_calls_waiting')).toBe(0);
    expect(await metric('parley_model_calls_running')).toBe(0);
  });

  test('lets a waiting one stop at once, and gives up at the limit of the first token', async () => {
    const { modelOf, ask, failed } = setUp({ concurrency: 1 });
    const first = ask(modelOf('hold-after-1-words-2'));
    await fake.reached(1);
    const stop = new AbortController();
    const stopped = failed(modelOf('words-2'), {
      signal: stop.signal,
      onWait: () => queueMicrotask(() => stop.abort()),
    });
    expect(await stopped).toMatchObject({ code: 'aborted' });
    expect(await failed(modelOf('words-2'), { firstTokenMs: 30 })).toMatchObject({
      code: 'upstream_busy',
      sent: false,
      retryable: true,
    });
    fake.release();
    await first;
    expect(await ask(modelOf('words-2'))).toBe('w1 w2');
    expect(fake.calls).toHaveLength(2);
  });

  test('is one line for each credential', async () => {
    const { modelOf, ask } = setUp({ concurrency: 1 });
    const first = ask(modelOf('hold-after-1-words-2'));
    await fake.reached(1);
    expect(await ask(modelOf('words-2', 'w2'))).toBe('w1 w2');
    fake.release();
    await first;
  });
});

test('only so many credentials are remembered', () => {
  const { credentials } = setUp();
  const settings = { kind: 'anthropic' as const, baseUrl: 'https://x.example', apiKey: null };
  const first = credentials.of('w', 'p', settings);
  for (let i = 0; i < 10_050; i += 1) {
    credentials.of(`w${i}`, 'p', settings);
    if (i % 1000 === 0) expect(credentials.of('w', 'p', settings)).toBe(first);
  }
  expect(credentials.size()).toBe(10_000);
  expect(credentials.of('w', 'p', settings)).toBe(first);
});
