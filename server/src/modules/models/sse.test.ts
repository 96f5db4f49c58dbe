import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProviderError } from './provider.ts';
import { createSseSplitter } from './sse.ts';

interface Event {
  event: string;
  data: string;
}

/** The standard's algorithm, word for word, on the whole body at once. */
const parseSlowly = (bytes: Buffer): Event[] => {
  const text = new TextDecoder('utf-8', { ignoreBOM: false }).decode(bytes);
  const lines = text.split(/\r\n|\r|\n/);
  lines.pop();
  const events: Event[] = [];
  let event = '';
  let data: string[] = [];
  for (const line of lines) {
    if (line === '') {
      if (data.length > 0) events.push({ event, data: data.join('\n') });
      event = '';
      data = [];
      continue;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    if (field === 'event') event = value;
  }
  return events;
};

const parse = (chunks: readonly Buffer[], maxLength?: number): Event[] => {
  const events: Event[] = [];
  const splitter = createSseSplitter(
    (text, from, to, event) => events.push({ event, data: text.slice(from, to) }),
    maxLength,
  );
  for (const chunk of chunks) splitter.push(chunk);
  return events;
};

const cut = (bytes: Buffer, at: readonly number[]): Buffer[] => {
  const points = [...new Set([0, ...at.map((point) => point % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return points.slice(1).map((point, index) => bytes.subarray(points[index], point));
};

const sample = Buffer.from(
  '\uFEFFevent: one\ndata: {"text":"grüße 🙂 €"}\n\n: comment\r\ndata:a\r\ndata: b\r\ndata\r\n\r\nid: 7\rretry: 1\rdata: c\r\r' +
    'event: lost\n\ndata\n\ndatax: no\n\ndata : no\n\ndata:  two spaces\n\ndata: cut off',
);

test('reads every form of the format', () => {
  const events = parse([sample]);
  expect(events).toEqual([
    { event: 'one', data: '{"text":"grüße 🙂 €"}' },
    { event: '', data: 'a\nb\n' },
    { event: '', data: 'c' },
    { event: '', data: '' },
    { event: '', data: ' two spaces' },
  ]);
  expect(events).toEqual(parseSlowly(sample));
});

test('is the same wherever the bytes are cut', () => {
  const whole = parseSlowly(sample);
  expect(parse([...sample].map((byte) => Buffer.from([byte])))).toEqual(whole);
  for (let at = 0; at <= sample.length; at += 1) {
    expect(parse([sample.subarray(0, at), sample.subarray(at)])).toEqual(whole);
  }
});

test('does not keep memory that the socket uses again', () => {
  const events: string[] = [];
  const splitter = createSseSplitter((text, from, to) => events.push(text.slice(from, to)));
  const bytes = Buffer.from('data: €uro\n\n');
  const shared = Buffer.alloc(8);
  for (const chunk of cut(bytes, [1, 7, 8])) {
    chunk.copy(shared);
    splitter.push(shared.subarray(0, chunk.length));
    shared.fill(0);
  }
  expect(events).toEqual(['€uro']);
});

describe('length limit', () => {
  const refused = (chunks: Buffer[]): void => {
    expect(() => parse(chunks, 100)).toThrow(ProviderError);
    expect(() => parse(chunks, 100)).toThrow(expect.objectContaining({ code: 'upstream_protocol' }));
  };
  test('applies to a line, also one that never ends, and to data over many lines', () => {
    expect(parse([Buffer.from(`data: ${'x'.repeat(94)}\n\n`)], 100)).toHaveLength(1);
    refused([Buffer.from(`data: ${'x'.repeat(95)}\n\n`)]);
    refused(Array.from({ length: 101 }, () => Buffer.from('x')));
    refused([Buffer.from('data: 0123456789\n'.repeat(11))]);
  });
});

test('equals the standard for any bytes in any pieces', () => {
  const piece = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom('data:', 'data: ', 'data', 'event: ', ':', '\n', '\r', '\r\n', '\n\n', ' ', 'id: 1'),
    },
    { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }) },
  );
  const body = fc.oneof(
    fc.array(piece, { maxLength: 40 }).map((pieces) => Buffer.from(pieces.join(''))),
    fc
      .array(
        fc.oneof(
          piece.map((text) => Buffer.from(text)),
          fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
        ),
        { maxLength: 40 },
      )
      .map((pieces) => Buffer.concat(pieces)),
  );
  fc.assert(
    fc.property(body, fc.array(fc.nat(), { maxLength: 20 }), (bytes, at) => {
      expect(parse(cut(bytes, at))).toEqual(parseSlowly(bytes));
    }),
    { numRuns: 1500 },
  );
});
