import { afterAll, expect, test } from 'vitest';
import { createProbe, type Ask } from './testing/probe.ts';

const { ask, failed, close } = await createProbe(new Date());
afterAll(close);

const question = (text: string): Ask => ({ model: 'demo', messages: [{ role: 'user', text }] });

test('answers honestly, in small pieces, with the question quoted', async () => {
  const outcome = await ask('demo', question('Please show me a table\nand 1 more line'));
  expect(outcome.text).toContain('not a real AI');
  expect(outcome.text).toContain('> Please show me a table\n> and 1 more line');
  expect(outcome.text).toContain('| Planet |');
  expect(outcome.text).not.toContain('```');
  expect(outcome.text).toContain('Settings → Models');
  expect(outcome.reason).toBe('stop');
  expect(outcome.deltas).toBeGreaterThan(50);
  expect(outcome.usages).toEqual([
    { inputTokens: 11, outputTokens: outcome.deltas, cacheReadTokens: 0, cacheWriteTokens: 0 },
  ]);
  expect((await ask('demo', question('code'))).text).toContain('```ts');
  expect((await ask('demo', question('math'))).text).toContain('$$');
  expect((await ask('demo', question('hello'))).text).toMatch(/^Hello/);
  expect((await ask('demo', { ...question('long'), maxTokens: 5 })).reason).toBe('length');
});

test('honours abort, pause and resume', async () => {
  const stop = new AbortController();
  const aborted = await failed('demo', {
    ...question('long'),
    signal: stop.signal,
    onText: (text) => {
      if (text.length > 100) stop.abort();
    },
  });
  expect(aborted.error.code).toBe('aborted');
  expect(aborted.text.length).toBeLessThan(150);
  let paused = 0;
  const whole = await ask('demo', {
    ...question('long'),
    onText: (_text, flow) => {
      if (paused++ % 100 !== 0) return;
      flow.pause();
      setTimeout(flow.resume, 3);
    },
  });
  expect(whole.text).toBe((await ask('demo', question('long'))).text);
});
