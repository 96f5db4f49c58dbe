import { afterAll, beforeEach, expect, test } from 'vitest';
import { fakeText } from '../../../testing/fake-model.ts';
import { createProbe } from './testing/probe.ts';

const { fake, ask, failed, serve, close } = await createProbe(new Date());
afterAll(close);
beforeEach(() => fake.reset());

const sse = { 'content-type': 'text/event-stream' };
const chunk = (delta: object, finish: string | null = null, more: object = {}): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`;

test('a clean end after a finish reason is complete without [DONE]', async () => {
  const outcome = await ask('openai-compatible', { model: 'words-5-nodone-nousage', apiKey: null });
  expect(outcome).toMatchObject({ text: fakeText(5), reason: 'stop', usages: [] });
  expect(fake.calls[0]!.headers.authorization).toBe(undefined);
});

test('reads reasoning under both names, parts, refusals, running usage and padding', async () => {
  const body =
    chunk({ role: 'assistant', content: '' }) +
    chunk({ reasoning: 'hm ' }) +
    chunk({ reasoning_content: 'so' }) +
    chunk({ content: [{ type: 'text', text: 'A' }] }) +
    chunk({ content: 'B' }, null, { usage: { prompt_tokens: 4, completion_tokens: 1 } }) +
    chunk({ content: 'C' }, null, { usage: null, obfuscation: 'xy"z' }) +
    chunk({ content: 'D' }, null, { usage: null, obfuscation: 'q' }) +
    chunk({ content: 'E' }, null, { usage: null, obfuscation: 'qrst' }) +
    chunk({ refusal: 'F' }) +
    chunk({}, 'content_filter', { usage: { prompt_tokens: 4, completion_tokens: 6 } }) +
    'data: [DONE]\n\n';
  const outcome = await ask('openai-compatible', { baseUrl: await serve(200, sse, body) });
  expect(outcome).toMatchObject({ reasoning: 'hm so', text: 'ABCDEF', reason: 'content-filter' });
  expect(outcome.usages).toEqual([{ inputTokens: 4, outputTokens: 6, cacheReadTokens: 0, cacheWriteTokens: 0 }]);
});

test('an error code inside the stream decides the class', async () => {
  const body = `data: ${JSON.stringify({ error: { code: 429, message: 'slow down' } })}\n\n`;
  const { error } = await failed('openai-compatible', { baseUrl: await serve(200, sse, body) });
  expect(error).toMatchObject({ code: 'upstream_rate_limited', retryable: true });
  expect(error.message).toContain('slow down');
});

test('reasoning models of OpenAI get the limit they know and no temperature', async () => {
  await ask('openai', { model: 'gpt-5-mini-words-3', maxTokens: 100, temperature: 0.5 });
  expect(fake.calls[0]!.body).toMatchObject({ max_completion_tokens: 100 });
  expect(fake.calls[0]!.body).not.toHaveProperty('temperature');
  await ask('openai-compatible', { model: 'gpt-5-mini-words-3', maxTokens: 100, temperature: 0.5 });
  expect(fake.calls[1]!.body).toMatchObject({ max_tokens: 100, temperature: 0.5 });
});
