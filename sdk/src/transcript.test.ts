import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyEvent, assemble, createTranscript, verifyTranscript } from './index.ts';
import type { RunEvent } from './index.ts';
import { runLogOf } from './testing/run-log.ts';

test('assembles every kind of event', () => {
  const usage = { inputTokens: 1, outputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0 };
  const error = { code: 'upstream_cut', message: 'Try again.', retryable: true };
  const events: RunEvent[] = [
    { seq: 1, type: 'run-start', data: { v: 1, messageId: 'm', model: 'demo' } },
    {
      seq: 2,
      type: 'step-start',
      data: { v: 1, step: 1, attempt: 1, providerId: 'p1', providerName: 'Fake', model: 'm' },
    },
    { seq: 3, type: 'reasoning-delta', data: { v: 1, text: 'hm' } },
    { seq: 4, type: 'text-delta', data: { v: 1, text: 'Hel' } },
    { seq: 5, type: 'text-delta', data: { v: 1, text: 'lo' } },
    { seq: 6, type: 'notice', data: { v: 1, kind: 'retry', message: 'again' } },
    { seq: 7, type: 'usage', data: { v: 1, ...usage } },
    { seq: 8, type: 'error', data: { v: 1, ...error } },
  ];
  expect(assemble(events)).toMatchObject({
    messageId: 'm',
    status: 'running',
    reasoning: 'hm',
    text: 'Hello',
    notices: [{ kind: 'retry', message: 'again' }],
    usage,
    error,
    lastSeq: 8,
    finalSeq: null,
  });
  const asked = applyEvent(assemble(events), { seq: 9, type: 'approval-request', data: { v: 1, id: 'call-1' } });
  expect(asked.status).toBe('waiting_approval');
  const data = { v: 1, id: 'call-1', output: null, isError: false };
  expect(applyEvent(asked, { seq: 10, type: 'tool-result', data }).status).toBe('running');
});

test('tells what the run does instead of answering, for as long as it does', () => {
  const notice = (kind: string, more: object = {}) => ({ kind, message: 'm', waitMs: 20, ...more });
  const transcript = (...pieces: [type: string, data: object][]) =>
    assemble(pieces.map(([type, data], index) => ({ seq: index + 1, type, data: { v: 1, ...data } }) as RunEvent));
  const retry = ['notice', notice('retry', { code: 'upstream_overloaded' })] satisfies [string, object];
  const fallback = ['notice', notice('fallback', { to: { provider: 'P', name: 'n' } })] satisfies [string, object];
  const step = ['step-start', {}] satisfies [string, object];
  expect(transcript(retry).notice).toEqual(notice('retry', { code: 'upstream_overloaded' }));
  expect(transcript(retry, step).notice).toBeNull();
  expect(transcript(fallback, step).notice).toMatchObject({ kind: 'fallback', to: { name: 'n' } });
  expect(transcript(retry, fallback, step, ['text-delta', { text: 'a' }])).toMatchObject({
    notice: null,
    notices: [{ kind: 'retry' }, { kind: 'fallback' }],
  });
  expect(transcript(retry, ['run-end', { status: 'failed', finalSeq: 2, textSha256: null }]).notice).toBeNull();
});

test('leaves the given transcript alone, drops duplicates and counts unknown types', () => {
  const before = createTranscript();
  const [start] = runLogOf([]);
  if (start === undefined) throw new Error('empty log');
  const after = applyEvent(before, start);
  expect(before).toEqual(createTranscript());
  expect(applyEvent(after, start)).toBe(after);
  const later = applyEvent(after, { seq: 2, type: 'hologram', data: { v: 2 } } as unknown as RunEvent);
  expect(later).toEqual({ ...after, lastSeq: 2 });
});

test('proves a whole transcript, and no other', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: 'binary' })), fc.nat(), async (deltas, pick) => {
      const log = runLogOf(deltas);
      expect(await verifyTranscript(assemble(log))).toBe(true);
      const at = pick % log.length;
      expect(await verifyTranscript(assemble(log.filter((_, index) => index !== at)))).toBe(false);
      expect(await verifyTranscript({ ...assemble(log), text: `${deltas.join('')}!` })).toBe(false);
    }),
  );
});
