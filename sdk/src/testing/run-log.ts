import { createHash } from 'node:crypto';
import type { RunEvent } from '../run-events.ts';

/** The whole log of a completed run that wrote these deltas. */
export function runLogOf(deltas: readonly string[]): RunEvent[] {
  const finalSeq = deltas.length + 2;
  const model = 'demo';
  const usage = { inputTokens: 3, outputTokens: deltas.length, cacheReadTokens: 0, cacheWriteTokens: 0 };
  const textSha256 = createHash('sha256').update(deltas.join('')).digest('hex');
  return [
    { seq: 1, type: 'run-start', data: { v: 1, messageId: 'message-1', model } },
    ...deltas.map((text, index): RunEvent => ({ seq: index + 2, type: 'text-delta', data: { v: 1, text } })),
    {
      seq: finalSeq,
      type: 'run-end',
      data: { v: 1, status: 'completed', stopReason: 'stop', usage, costNanos: 0, finalSeq, textSha256 },
    },
  ];
}

/** An event as it goes over the wire. */
export const wireOf = (event: RunEvent, lineEnd = '\n'): string =>
  [`id: ${event.seq}`, `event: ${event.type}`, `data: ${JSON.stringify(event.data)}`, '', ''].join(lineEnd);
