import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { ProviderError, type ModelSink } from '../provider.ts';
import { createSseSplitter } from '../sse.ts';
import { createAnthropicReader } from './anthropic.ts';
import { createOpenAiReader } from './openai-chat.ts';
import { createProbe } from './testing/probe.ts';
import { readSlowly, type Reading } from './testing/reference-reader.ts';
import { cut, malformations, spoil, wireBodies } from './testing/wire-bodies.ts';
import type { UpstreamName } from './upstream-errors.ts';
import type { AnswerReader } from './upstream.ts';

type CreateReader = (sink: ModelSink, name: UpstreamName) => AnswerReader;

const name = { title: 'Fake', apiKey: null, model: 'm' };

/** What a provider does with a body, without the network. */
const read = (create: CreateReader, chunks: readonly Buffer[]): Reading => {
  const reading: Reading = { text: '', reasoning: '', usage: null, end: '' };
  const sink: ModelSink = {
    open: () => undefined,
    text: (delta) => {
      expect(delta).not.toBe('');
      reading.text += delta;
    },
    reasoning: (delta) => {
      expect(delta).not.toBe('');
      reading.reasoning += delta;
    },
    usage: () => undefined,
  };
  const reader = create(sink, name);
  let done = false;
  const splitter = createSseSplitter((text, from, to) => {
    if (!done) done = reader.read(text, from, to) === 'done';
  });
  try {
    for (const chunk of chunks) splitter.push(chunk);
    reading.end = reader.stopReason() ?? 'upstream_cut';
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    reading.end = error.code;
  }
  return { ...reading, usage: reader.usage() };
};

/** Every body of the generator, and every second one with up to three malformations. */
const anyBody = (protocol: 'anthropic' | 'openai') =>
  fc
    .tuple(wireBodies(protocol), fc.array(malformations, { maxLength: 3 }), fc.boolean())
    .map(([body, faults, isSound]) => (isSound ? body : faults.reduce(spoil, body)));
const probe = await createProbe(new Date());
afterAll(probe.close);
const cuts = fc.array(fc.nat(), { maxLength: 12 });

describe.each([
  ['anthropic', createAnthropicReader],
  ['openai', createOpenAiReader],
] as const)('%s', (protocol, create) => {
  test('reads any answer like the reference does, wherever it is cut, or fails with the same code', () => {
    fc.assert(
      fc.property(anyBody(protocol), cuts, (body, at) => {
        const slow = readSlowly(protocol, body);
        const bytes = [...body].map((byte) => Buffer.from([byte]));
        for (const chunks of [cut(body, at), bytes]) expect(read(create, chunks)).toEqual(slow);
      }),
      { numRuns: 2000 },
    );
  });

  test('the bodies of that test are of every kind', () => {
    const ends = new Map<string, number>();
    for (const body of fc.sample(anyBody(protocol), { numRuns: 2000, seed: 7 })) {
      const { end } = readSlowly(protocol, body);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
    for (const end of ['stop', 'upstream_cut', 'upstream_protocol', 'upstream_unavailable', 'upstream_overloaded'])
      expect([end, (ends.get(end) ?? 0) > 10]).toEqual([end, true]);
  });

  test('is the same over a socket, and the process stays alive', async () => {
    let answer: readonly Buffer[] = [];
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      void (async () => {
        for (const chunk of answer) {
          response.write(chunk);
          await new Promise((resolve) => setImmediate(resolve));
        }
        response.end();
      })();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const kind = protocol === 'anthropic' ? 'anthropic' : 'openai-compatible';
    await fc.assert(
      fc.asyncProperty(anyBody(protocol), cuts, async (body, at) => {
        answer = cut(body, at);
        const { text, reasoning, usages, reason, error } = await probe.ask(kind, { baseUrl });
        const end = reason ?? error?.code;
        expect({ text, reasoning, usage: usages.at(-1) ?? null, end }).toEqual(readSlowly(protocol, body));
        expect(usages.length).toBeLessThan(2);
      }),
      { numRuns: 150 },
    );
    server.close();
    server.closeAllConnections();
  });

  test('an error nested deeper than the stack is an error like any other', () => {
    const deep = `${'{"error":'.repeat(100_000)}{"message":"x"}${'}'.repeat(100_000)}`;
    const body = Buffer.from(`data: {"type":"error","error":${deep}}\n\n`);
    expect(read(create, [body]).end).toBe('upstream_unavailable');
  });
});

test('the fast path is really taken', () => {
  const parse = JSON.parse;
  let parsed = 0;
  JSON.parse = (...given: Parameters<typeof JSON.parse>) => {
    parsed += 1;
    return parse(...given);
  };
  try {
    const deltas = (line: (text: string, index: number) => string): Buffer[] => [
      Buffer.from(Array.from({ length: 100 }, (_, index) => `data: ${line(` w${index}`, index)}\n\n`).join('')),
    ];
    const cases: [CreateReader, Buffer[]][] = [
      [
        createAnthropicReader,
        deltas(
          (text, index) =>
            `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${text}"}${' '.repeat(index % 7)}}`,
        ),
      ],
      [
        createOpenAiReader,
        deltas((text) => `{"id":"x","choices":[{"index":0,"delta":{"content":"${text}"},"finish_reason":null}]}`),
      ],
      [
        createOpenAiReader,
        deltas(
          (text) => `{"id": "x", "choices": [{"index": 0, "delta": {"content": "${text}"}, "finish_reason": null}]}`,
        ),
      ],
      [
        createOpenAiReader,
        deltas(
          (text, index) =>
            `{"id":"x","choices":[{"index":0,"delta":{"content":"${text}"}}],"usage":null,"obfuscation":"${'k'.repeat(index % 9)}"}`,
        ),
      ],
    ];
    for (const [create, body] of cases) {
      parsed = 0;
      expect(read(create, body).text).toBe(Array.from({ length: 100 }, (_, index) => ` w${index}`).join(''));
      expect(parsed).toBe(2);
    }
  } finally {
    JSON.parse = parse;
  }
});

test('the fast path learns only a place that decides the text', () => {
  const line = (note: string, content: string): string =>
    `data: {"choices":[{"note":{"content":"${note}"},"delta":{"content":"${content}"}}]}\n\n`;
  const body = Buffer.from(
    line('a', 'a') +
      line('b', 'a') +
      line('a', 'c') +
      'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
  );
  expect(read(createOpenAiReader, [body])).toMatchObject({ text: 'aac', reasoning: '', end: 'stop' });
});
