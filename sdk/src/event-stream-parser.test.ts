import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEventStreamParser } from './event-stream-parser.ts';
import type { StreamEvent } from './event-stream-parser.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

function parse(chunks: Uint8Array[]): StreamEvent[] {
  const parser = createEventStreamParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
}

test.each([
  ['a plain event', 'id: 7\nevent: usage\ndata: {}\n\n', [{ id: '7', type: 'usage', data: '{}' }]],
  ['several data lines', 'data: a\ndata:b\ndata\n\n', [{ id: null, type: 'message', data: 'a\nb\n' }]],
  ['comments and unknown fields', ': beat\nfoo: 1\ndata: a\n:\n\n', [{ id: null, type: 'message', data: 'a' }]],
  ['a byte order mark', '\uFEFFdata: a\n\n', [{ id: null, type: 'message', data: 'a' }]],
  ['only one leading space removed', 'data:  a\n\n', [{ id: null, type: 'message', data: ' a' }]],
  ['no event without data', 'id: 1\nevent: x\n\ndata: a\n\n', [{ id: null, type: 'message', data: 'a' }]],
  ['an event that was cut off', 'data: a\n\ndata: b\n', [{ id: null, type: 'message', data: 'a' }]],
  ['bare carriage returns', 'data: a\r\rdata: b\r\r', ['a', 'b'].map((data) => ({ id: null, type: 'message', data }))],
])('reads %s', (_, wire, expected) => {
  expect(parse([bytesOf(wire)])).toEqual(expected);
});

test('keeps the reconnection delay, and only a number', () => {
  const parser = createEventStreamParser();
  expect(parser.retryMs()).toBeNull();
  parser.push(bytesOf('retry: 1500\nretry: soon\n'));
  expect(parser.retryMs()).toBe(1500);
});

test('reads the same events wherever the bytes are cut', () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n\0\uFEFF]/g, ''));
  const event = fc.record({ data: fc.array(line, { minLength: 1 }), end: fc.constantFrom('\n', '\r\n', '\r') });
  const cuts = fc.array(fc.nat(400));
  fc.assert(
    fc.property(fc.array(event), cuts, (events, positions) => {
      const blocks = events.map(({ data, end }, index) =>
        [':beat', `id: ${index}`, ...data.map((text) => `data: ${text}`), '', ''].join(end),
      );
      const wire = bytesOf(blocks.join(''));
      const edges = [0, ...positions.filter((at) => at <= wire.length).sort((a, b) => a - b), wire.length];
      const chunks = edges.slice(1).map((edge, index) => wire.subarray(edges[index], edge));
      const expected = events.map(({ data }, index) => ({ id: String(index), type: 'message', data: data.join('\n') }));
      expect(parse(chunks)).toEqual(expected);
      expect(parse(Array.from(wire, (byte) => Uint8Array.of(byte)))).toEqual(expected);
    }),
  );
});
