import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProviderError, type ModelSink } from '../provider.ts';
import { createSseSplitter } from '../sse.ts';
import { createAnthropicReader } from './anthropic.ts';
import { createOpenAiReader } from './openai-chat.ts';
import type { UpstreamName } from './upstream-errors.ts';
import type { AnswerReader } from './upstream.ts';

type Json = Record<string, unknown>;
type CreateReader = (sink: ModelSink, name: UpstreamName) => AnswerReader;

interface Result {
  text: string;
  reasoning: string;
  end: string;
}

const name = { title: 'Fake', apiKey: null, model: 'm' };

/** What a provider does with a body, without the network. */
const read = (create: CreateReader, chunks: readonly Buffer[]): Result => {
  const result: Result = { text: '', reasoning: '', end: '' };
  const sink: ModelSink = {
    open: () => undefined,
    text: (delta) => {
      expect(delta).not.toBe('');
      result.text += delta;
    },
    reasoning: (delta) => {
      result.reasoning += delta;
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
    result.end = reader.stopReason() ?? 'upstream_cut';
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    result.end = error.code;
  }
  return result;
};

const eventsOf = (body: Buffer): string[] =>
  new TextDecoder()
    .decode(body)
    .split(/\r\n|\r|\n/)
    .slice(0, -1)
    .reduce<string[][]>((groups, line) => (line === '' ? groups.push([]) : groups.at(-1)!.push(line), groups), [[]])
    .slice(0, -1)
    .map((lines) => lines.filter((line) => /^data(:|$)/.test(line)).map((line) => line.slice(5).replace(/^ /, '')))
    .filter((data) => data.length > 0)
    .map((data) => data.join('\n'));

const asObject = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The readers' meaning once more: every event parsed as a whole, nothing remembered but the answer. */
const readSlowly = (protocol: 'anthropic' | 'openai', body: Buffer): Result => {
  const result: Result = { text: '', reasoning: '', end: '' };
  let reason: string | null = null;
  let answered = false;
  for (const data of eventsOf(body)) {
    if (protocol === 'openai' && data.trim() === '[DONE]') {
      result.end = reason ?? (answered ? 'other' : 'upstream_cut');
      return result;
    }
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      return { ...result, end: 'upstream_protocol' };
    }
    if (!isObject(value)) return { ...result, end: 'upstream_protocol' };
    const event = asObject(value);
    if (protocol === 'anthropic') {
      const delta = asObject(event.delta);
      const block = asObject(event.content_block);
      if (event.type === 'error') return { ...result, end: 'error' };
      if (event.type === 'message_stop') return { ...result, end: reason ?? 'upstream_cut' };
      if (event.type === 'content_block_delta' && delta.type === 'text_delta' && typeof delta.text === 'string')
        result.text += delta.text;
      if (
        event.type === 'content_block_delta' &&
        delta.type === 'thinking_delta' &&
        typeof delta.thinking === 'string'
      ) {
        result.reasoning += delta.thinking;
      }
      if (event.type === 'content_block_start' && block.type === 'text' && typeof block.text === 'string')
        result.text += block.text;
      if (event.type === 'message_delta' && typeof delta.stop_reason === 'string') {
        reason = ({ end_turn: 'stop', max_tokens: 'length' } as Record<string, string>)[delta.stop_reason] ?? 'other';
      }
    } else {
      if (event.error != null) return { ...result, end: 'error' };
      const choices = Array.isArray(event.choices) ? (event.choices as unknown[]) : [];
      if (isObject(event.usage) && !isObject(choices[0])) answered = true;
      if (!isObject(choices[0])) continue;
      const choice = asObject(choices[0]);
      const delta = asObject(choice.delta);
      const thought = delta.reasoning_content ?? delta.reasoning;
      if (typeof thought === 'string') result.reasoning += thought;
      if (typeof delta.content === 'string') result.text += delta.content;
      if (typeof choice.finish_reason === 'string' && choice.finish_reason !== '') {
        if (choice.finish_reason === 'error') return { ...result, end: 'error' };
        reason = ({ stop: 'stop', length: 'length' } as Record<string, string>)[choice.finish_reason] ?? 'other';
      }
      const opening = isObject(choice.delta) && delta.role != null && (delta.content == null || delta.content === '');
      if (reason !== null || !opening) answered = true;
    }
  }
  // OpenAI's finish reason is enough at the end of the body; Anthropic's needs its last event.
  result.end = protocol === 'openai' && reason !== null ? reason : 'upstream_cut';
  return result;
};

const comparable = (result: Result): Result => ({
  ...result,
  end: /^upstream_(overloaded|unavailable|refused|rate_limited|unauthorized|not_found)$/.test(result.end)
    ? 'error'
    : result.end,
});

const cut = (bytes: Buffer, at: readonly number[]): Buffer[] => {
  const points = [...new Set([0, ...at.map((point) => point % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return points.slice(1).map((point, index) => bytes.subarray(points[index], point));
};

const words = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(' the', 'word', '.', ' content', '"text":"', '"}}', '\\', '\n', '\t', ' ', '🙂', 'é'),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }) },
);
const printed = (value: unknown, style: number): string =>
  style === 0
    ? JSON.stringify(value)
    : style === 1
      ? JSON.stringify(value).replace(/}}$/, '}   } ')
      : JSON.stringify(value, null, 1).replaceAll('\n', ' ');
const style = fc.nat(2);

const anthropicEvent = fc.oneof(
  {
    weight: 12,
    arbitrary: words.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
  },
  {
    weight: 2,
    arbitrary: words.map((thinking) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'thinking_delta', thinking },
    })),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Json>(
      { type: 'ping' },
      { type: 'content_block_start', index: 1, content_block: { type: 'text', text: 'x' } },
      { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '{"text":"' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 7 } },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', text: 'no', signature: 's' } },
      { type: 'something_new', delta: { type: 'text_delta', text: 'no' } },
    ),
  },
);
const openAiEvent = fc.oneof(
  // The same text in two places, of which only the second counts.
  {
    weight: 3,
    arbitrary: fc.tuple(words, fc.boolean(), words).map(([content, same, other]) => ({
      choices: [{ note: { content: same ? content : other }, delta: { content } }],
    })),
  },
  {
    weight: 12,
    arbitrary: fc
      .record({
        content: words,
        obfuscation: fc.option(fc.constantFrom('', 'abc', 'a"b', '\\')),
        created: fc.constantFrom(1, 1, 1, 2),
      })
      .map(({ content, obfuscation, created }) => ({
        id: 'c',
        created,
        choices: [{ index: 0, delta: { content }, finish_reason: null }],
        usage: null,
        ...(obfuscation === null ? {} : { obfuscation }),
      })),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Json>(
      { choices: [{ delta: { role: 'assistant', content: '' } }] },
      {
        id: 'c',
        created: 1,
        choices: [{ index: 0, delta: { content: ' z' }, finish_reason: null }],
        usage: null,
        obfuscation: 'abc',
        error: { message: 'after the padding' },
      },
      { choices: [{ delta: { reasoning_content: 'r' } }] },
      {
        id: 'c',
        created: 1,
        choices: [{ index: 0, delta: { content: 'x', reasoning: 'y' }, finish_reason: null }],
        usage: null,
      },
      { choices: [], usage: { prompt_tokens: 1 } },
      { choices: null },
      { choices: [{ delta: { content: ' a' }, finish_reason: 'length' }] },
      { content: 'no', choices: [{ delta: { content: null } }] },
      { choices: [{ delta: { content: 'a' }, content: 'b' }] },
    ),
  },
);

const closing: Record<'anthropic' | 'openai', string> = {
  anthropic:
    'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}\n\ndata: {"type":"message_stop"}\n\n',
  openai: 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
};

const bodyOf = (protocol: 'anthropic' | 'openai') =>
  fc
    .tuple(
      fc.array(fc.tuple<[Json, number]>(protocol === 'anthropic' ? anthropicEvent : openAiEvent, style), {
        maxLength: 30,
      }),
      style,
    )
    .map(([events, common]) =>
      // Mostly one style in a body, as from one server.
      Buffer.from(
        events.map(([event, own]) => `data: ${printed(event, own === 2 ? own : common)}\n\n`).join('') +
          closing[protocol],
      ),
    );

const malformation = fc.oneof(
  fc.record({ kind: fc.constant('delete' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 30 }) }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: fc.nat(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant('text' as const),
    at: fc.nat(),
    text: fc.constantFrom(
      '"',
      '\\',
      '\n',
      '\r',
      '\n\n',
      '}',
      '{',
      'data: ',
      '[DONE]',
      'null',
      '\u0000',
      ': c\n',
      'data: {"type":"error"}\n\n',
    ),
  }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), byte: fc.nat(255) }),
  fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 200 }) }),
);
type Malformation = typeof malformation extends fc.Arbitrary<infer T> ? T : never;

const spoil = (body: Buffer, fault: Malformation): Buffer => {
  const at = fault.at % (body.length + 1);
  const head = body.subarray(0, at);
  switch (fault.kind) {
    case 'delete':
      return Buffer.concat([head, body.subarray(at + fault.length)]);
    case 'insert':
      return Buffer.concat([head, fault.bytes, body.subarray(at)]);
    case 'text':
      return Buffer.concat([head, Buffer.from(fault.text), body.subarray(at)]);
    case 'cut':
      return head;
    case 'flip':
      return Buffer.concat([head, Buffer.from([fault.byte]), body.subarray(at + 1)]);
    case 'repeat':
      return Buffer.concat([head, body.subarray(at, at + fault.length), body.subarray(at)]);
  }
};

describe.each([
  ['anthropic', createAnthropicReader],
  ['openai', createOpenAiReader],
] as const)('%s', (protocol, create) => {
  test('reads any answer like a parser does, wherever it is cut', () => {
    fc.assert(
      fc.property(bodyOf(protocol), fc.array(fc.nat(), { maxLength: 12 }), (body, at) => {
        const slow = readSlowly(protocol, body);
        const bytes = [...body].map((byte) => Buffer.from([byte]));
        for (const chunks of [cut(body, at), bytes]) expect(comparable(read(create, chunks))).toEqual(slow);
      }),
      { numRuns: 400 },
    );
  });

  test('reads any malformed answer like a parser does, and never crashes', () => {
    fc.assert(
      fc.property(
        bodyOf(protocol),
        fc.array(malformation, { minLength: 1, maxLength: 3 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (body, faults, at) => {
          const spoilt = faults.reduce(spoil, body);
          expect(comparable(read(create, cut(spoilt, at)))).toEqual(readSlowly(protocol, spoilt));
        },
      ),
      { numRuns: 1500 },
    );
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
  const body = Buffer.from(line('a', 'a') + line('b', 'a') + line('a', 'c') + closing.openai);
  expect(read(createOpenAiReader, [body])).toEqual({ text: 'aac', reasoning: '', end: 'stop' });
});
