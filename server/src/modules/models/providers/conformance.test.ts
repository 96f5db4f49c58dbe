import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createEgress } from '../../../platform/egress.ts';
import { fakeReasoning, fakeText } from '../../../testing/fake-model.ts';
import type { ProviderError } from '../provider.ts';
import { createProviders } from './index.ts';
import { createProbe } from './testing/probe.ts';

const now = new Date('2026-11-21T12:00:00Z');
const { fake, providers, ask, failed, serve, close } = await createProbe(now);
afterAll(close);
beforeEach(() => fake.reset());

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe.each(['anthropic', 'openai', 'openai-compatible'] as const)('%s', (kind) => {
  test('streams the exact text, one delta a word, and the usage once', async () => {
    const outcome = await ask(kind, { model: 'words-200-cached-2' });
    expect(outcome).toMatchObject({ text: fakeText(200), deltas: 200, reasoning: '', reason: 'stop', error: null });
    expect(outcome.usages).toEqual([{ inputTokens: 3, outputTokens: 200, cacheReadTokens: 2, cacheWriteTokens: 0 }]);
    expect(fake.calls).toHaveLength(1);
    expect(fake.calls[0]).toMatchObject({ finished: true, closedEarly: false });
  });

  test.each([
    'words-50-pace-1',
    'words-50-split-1',
    'words-50-split-3',
    'words-50-crlf',
    'words-50-crlf-split-1',
    'words-50-pace-1-ping',
  ])('streams the exact text of %s', async (model) => {
    expect(await ask(kind, { model })).toMatchObject({ text: fakeText(50), deltas: 50, reason: 'stop' });
  });

  test('keeps reasoning apart and honours the limit of tokens', async () => {
    const thinking = await ask(kind, { model: 'reasoning-20-words-10' });
    expect(thinking).toMatchObject({ reasoning: fakeReasoning(20), text: fakeText(10), reason: 'stop' });
    const short = await ask(kind, { model: 'words-50', maxTokens: 7 });
    expect(short).toMatchObject({ text: fakeText(7), reason: 'length' });
  });

  test('sends what the protocol wants', async () => {
    await ask(kind, {
      model: 'words-1',
      instructions: 'Be kind.',
      temperature: 2,
      messages: [
        { role: 'user', text: 'a' },
        { role: 'assistant', text: '' },
        { role: 'assistant', text: 'b' },
        { role: 'user', text: 'c' },
      ],
    });
    const { body, headers, path } = fake.calls[0]!;
    const turns = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: 'c' },
    ];
    if (kind === 'anthropic') {
      expect(path).toBe('/v1/messages');
      expect(headers).toMatchObject({ 'x-api-key': 'key-1234', 'anthropic-version': '2023-06-01' });
      const rest = { max_tokens: 4096, stream: true, system: 'Be kind.', temperature: 1 };
      expect(body).toEqual({ model: 'words-1', messages: turns, ...rest });
    } else {
      expect(path).toBe('/v1/chat/completions');
      expect(headers.authorization).toBe('Bearer key-1234');
      const messages = [{ role: 'system', content: 'Be kind.' }, ...turns];
      const rest = { stream: true, stream_options: { include_usage: true }, temperature: 2 };
      expect(body).toEqual({ model: 'words-1', messages, ...rest });
    }
  });

  test.each(['', '/', '/v1', '/v1/', '/v1//'])('accepts the base address with "%s" at its end', async (ending) => {
    expect(await ask(kind, { baseUrl: fake.url + ending, model: 'words-2' })).toMatchObject({
      text: 'w1 w2',
      error: null,
    });
    const settings = { kind, baseUrl: fake.url + ending, apiKey: 'k' };
    expect(await providers[kind].listModels(settings, { signal: AbortSignal.timeout(2000) })).toContain('words-200');
  });

  test.each([
    ['cut-after-10', 'upstream_cut', true],
    ['end-after-10', 'upstream_cut', true],
    ['garbage-after-10', 'upstream_protocol', false],
  ] as const)('%s keeps the text and is %s', async (model, code, retryable) => {
    const { error, text } = await failed(kind, { model });
    expect(error).toMatchObject({ code, retryable });
    expect(text).toBe(fakeText(10));
  });

  test('an error inside an HTTP 200 stream is a failure, also when an end follows it', async () => {
    const { error, text, usages } = await failed(kind, { model: 'error-after-10' });
    expect(error.code).toBe(kind === 'anthropic' ? 'upstream_overloaded' : 'upstream_unavailable');
    expect(error.retryable).toBe(true);
    expect(text).toBe(fakeText(10));
    if (kind === 'anthropic') expect(usages).toHaveLength(1);
  });

  test('a line of 10 MB ends early and closes the socket', async () => {
    const { error } = await failed(kind, { model: 'line-10mb' });
    expect(error.code).toBe('upstream_protocol');
    await expect.poll(() => fake.calls[0]!.closedEarly).toBe(true);
  });

  test.each([
    ['html-200', 'a web page'],
    ['json-200', 'fake error in a 200'],
  ])('%s says what came instead', async (model, words) => {
    const { error } = await failed(kind, { model });
    expect(error.code).toBe('upstream_protocol');
    expect(error.message).toContain(words);
    expect(error.message).toContain('Settings → Models');
  });

  test.each([
    [400, 'upstream_refused', false],
    [401, 'upstream_unauthorized', false],
    [403, 'upstream_unauthorized', false],
    [404, 'upstream_not_found', false],
    [413, 'upstream_refused', false],
    [429, 'upstream_rate_limited', true],
    [500, 'upstream_unavailable', true],
    [502, 'upstream_unavailable', true],
    [503, 'upstream_overloaded', true],
    [529, 'upstream_overloaded', true],
  ] as const)('status %i is %s', async (status, code, retryable) => {
    const { error } = await failed(kind, { model: `status-${status}-retry-7` });
    expect(error).toMatchObject({ code, retryable, status, retryAfterMs: 7000 });
    if (code === 'upstream_unauthorized') expect(error.message).toContain('was refused by');
    else expect(error.message).toContain(`fake status ${status}`);
  });

  test.each([402, 408, 422, 504])('status %i is of its class', async (status) => {
    const codes: Record<number, string> = { 402: 'upstream_quota', 422: 'upstream_refused' };
    const { error } = await failed(kind, { model: `status-${status}` });
    expect(error).toMatchObject({ code: codes[status] ?? 'upstream_unavailable', status });
  });

  test('no credit left is not a limit that passes, whatever the status', async () => {
    const { error } = await failed(kind, { model: 'quota' });
    expect(error).toMatchObject({ code: 'upstream_quota', retryable: false, status: 429 });
    const body = JSON.stringify({
      error: { type: 'invalid_request_error', message: 'Your credit balance is too low.' },
    });
    const low = await failed(kind, { baseUrl: await serve(400, { 'content-type': 'application/json' }, body) });
    expect(low.error).toMatchObject({ code: 'upstream_quota', retryable: false });
  });

  test('a socket that closes before any answer is a fault of the network', async () => {
    expect((await failed(kind, { model: 'reset' })).error).toMatchObject({
      code: 'upstream_unavailable',
      retryable: true,
    });
  });

  test('a fault that passes is over at the next call', async () => {
    const model = 'status-529-times-2-words-3';
    const codes = [await ask(kind, { model }), await ask(kind, { model }), await ask(kind, { model })];
    expect(codes.map(({ error }) => error?.code)).toEqual(['upstream_overloaded', 'upstream_overloaded', undefined]);
  });

  test('reads every form of Retry-After, limits foreign words and never repeats the key', async () => {
    const apiKey = 'secret-key-4711';
    const message = `You sent ${apiKey}. ${'Very long. '.repeat(100)}`;
    const say = async (headers: Record<string, string>): Promise<ProviderError> => {
      const baseUrl = await serve(
        429,
        { 'content-type': 'application/json', ...headers },
        JSON.stringify({ error: { message } }),
      );
      return (await failed(kind, { baseUrl, apiKey })).error;
    };
    const date = await say({ 'retry-after': 'Sat, 21 Nov 2026 12:00:30 GMT' });
    expect(date.retryAfterMs).toBe(30_000);
    expect(date.message).not.toContain(apiKey);
    expect(date.message.length).toBeLessThan(450);
    expect((await say({ 'retry-after-ms': '1500', 'retry-after': '9' })).retryAfterMs).toBe(1500);
    expect((await say({ 'retry-after': 'soon' })).retryAfterMs).toBe(null);
    const huge = await serve(500, {}, 'x'.repeat(3_000_000));
    expect((await failed(kind, { baseUrl: huge })).error.code).toBe('upstream_unavailable');
  });

  test('a redirect is not followed', async () => {
    const baseUrl = await serve(302, { location: fake.url }, '');
    expect((await failed(kind, { baseUrl })).error.code).toBe('upstream_protocol');
    expect(fake.calls).toHaveLength(0);
  });

  test('refuses a private address and a broken key with a remedy', async () => {
    const strict = createEgress({ allow: [], log: { warn: () => undefined } });
    const own = createProviders({ egress: strict, clock: { now: () => now } })[kind];
    const settings = { kind, baseUrl: fake.url, apiKey: null };
    const signal = new AbortController().signal;
    await expect(own.listModels(settings, { signal })).rejects.toMatchObject({
      code: 'upstream_address',
      message: expect.stringContaining(`EGRESS_ALLOW=127.0.0.1:${new URL(fake.url).port}`),
    });
    await strict.close();
    expect((await failed(kind, { apiKey: 'two\nlines' })).error.code).toBe('upstream_unauthorized');
    expect((await failed(kind, { baseUrl: 'ftp://x' })).error.code).toBe('upstream_address');
    await expect(
      providers[kind].listModels({ kind, baseUrl: fake.url, apiKey: 'bad-key' }, { signal }),
    ).rejects.toMatchObject({ code: 'upstream_unauthorized' });
  });

  test('names each phase that takes too long and closes the socket', async () => {
    const lost = createEgress({ allow: [], log: { warn: () => undefined }, lookup: () => undefined });
    const unreachable = createProviders({ egress: lost, clock: { now: () => now } })[kind].stream(
      { kind, baseUrl: 'http://nowhere.example', apiKey: null },
      { model: 'm', instructions: '', messages: [], temperature: null, maxTokens: null },
      { open: () => undefined, text: () => undefined, reasoning: () => undefined, usage: () => undefined },
      {
        signal: new AbortController().signal,
        limits: { connectMs: 60, firstTokenMs: 5000, idleMs: 5000, totalMs: 5000 },
      },
    );
    await expect(unreachable).rejects.toMatchObject({
      code: 'upstream_timeout',
      message: expect.stringContaining('connect'),
    });
    await lost.close();

    const closed = createTcpServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const refused = await failed(kind, { baseUrl: `http://127.0.0.1:${port}` });
    expect(refused.error).toMatchObject({ code: 'upstream_unavailable', retryable: true });

    const head = await failed(kind, { model: 'head-600', limits: { firstTokenMs: 60 } });
    expect(head.error).toMatchObject({ code: 'upstream_timeout', message: expect.stringContaining('first token') });
    const first = await failed(kind, { model: 'first-600-ping', limits: { firstTokenMs: 60 } });
    expect(first.error.message).toContain('first token');
    const idle = await failed(kind, { model: 'stall-after-10', limits: { idleMs: 60 } });
    expect(idle.error).toMatchObject({ code: 'upstream_timeout', message: expect.stringContaining('idle') });
    expect(idle.text).toBe(fakeText(10));
    const total = await failed(kind, { model: 'words-500-pace-5', limits: { totalMs: 80 } });
    expect(total.error).toMatchObject({ code: 'upstream_timeout', message: expect.stringContaining('total') });
    await expect.poll(() => fake.calls.filter(({ closedEarly }) => closedEarly).length).toBe(4);
  });

  test('a slow but steady answer is not cut by the idle limit', async () => {
    expect(await ask(kind, { model: 'words-12-pace-30', limits: { idleMs: 200, firstTokenMs: 200 } })).toMatchObject({
      reason: 'stop',
    });
  });

  test('abort rejects at once and closes the socket, at any moment', async () => {
    const early = new AbortController();
    early.abort();
    expect((await failed(kind, { signal: early.signal })).error.code).toBe('aborted');
    expect(fake.calls).toHaveLength(0);

    const silent = new AbortController();
    const waiting = failed(kind, { model: 'head-5000', signal: silent.signal });
    await expect.poll(() => fake.calls.length).toBe(1);
    silent.abort();
    expect((await waiting).error).toMatchObject({ code: 'aborted', retryable: false });
    await expect.poll(() => fake.calls[0]!.closedEarly).toBe(true);

    const stop = new AbortController();
    const held = failed(kind, { model: 'hold-after-5', signal: stop.signal });
    await fake.reached(5);
    await pause(20);
    stop.abort();
    expect((await held).text).toBe(fakeText(5));
    await expect.poll(() => fake.calls[1]!.closedEarly).toBe(true);
  });

  test('barriers hold and release the same answer several times', async () => {
    const answer = ask(kind, { model: 'hold-after-5-hold-after-9-words-12' });
    await fake.reached(5);
    expect(fake.calls[0]!.wordsSent).toBe(5);
    fake.release();
    await fake.reached(9);
    fake.release();
    expect(await answer).toMatchObject({ text: fakeText(12), reason: 'stop' });
  });

  test('pausing holds the provider back without a timeout and loses nothing', async () => {
    let paused = 0;
    const outcome = await ask(kind, {
      model: 'words-3000',
      limits: { idleMs: 40 },
      onText: (text, flow) => {
        if (paused > 0 || !text.endsWith('w100')) return;
        paused += 1;
        flow.pause();
        setTimeout(flow.resume, 150);
      },
    });
    expect(outcome).toMatchObject({ text: fakeText(3000), reason: 'stop', error: null });
    expect(paused).toBe(1);
  });

  test('an error in the sink ends the stream with that error', async () => {
    const fault = new Error('sink');
    const thrown = ask(kind, {
      onText: () => {
        throw fault;
      },
    });
    await expect(thrown).rejects.toBe(fault);
  });
});
