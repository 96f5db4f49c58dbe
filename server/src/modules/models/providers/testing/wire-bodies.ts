import fc from 'fast-check';
import type { Protocol } from './reference-reader.ts';

type Json = Record<string, unknown>;

const words = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ' the',
      'word',
      '.',
      ' content',
      '"text":"',
      '"}}',
      '\\',
      '\n',
      '\t',
      ' ',
      '🙂',
      'é',
      '',
    ),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
);

/** Values that are wrong nearly everywhere; the last becomes Infinity when it is parsed. */
const oddValues: readonly unknown[] = [
  null,
  0,
  -1,
  1.5,
  1e308,
  true,
  '',
  'constructor',
  '__proto__',
  [],
  [null],
  [[]],
  {},
  { text: 'x' },
  [{ type: 'text', text: 'x' }, null, 7, { text: 8 }],
  '\ud83d',
  '@infinity@',
];

const anthropicUsage = { input_tokens: 7, cache_read_input_tokens: 2, output_tokens: 3 };
const anthropicEvents = fc.oneof(
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
    weight: 3,
    arbitrary: fc.constantFrom<Json>(
      { type: 'ping' },
      { type: 'message_start', message: { id: 'm', usage: { ...anthropicUsage, output_tokens: 1 } } },
      { type: 'message_start', message: { usage: { input_tokens: 4, cache_creation_input_tokens: 1 } } },
      { type: 'message_start', message: { usage: { input_tokens: '@infinity@', output_tokens: 1e308 } } },
      { type: 'message_delta', usage: { output_tokens: -2, cache_read_input_tokens: '5' } },
      { type: 'content_block_start', index: 1, content_block: { type: 'text', text: 'x' } },
      { type: 'content_block_start', index: 7, content_block: { type: 'thinking', thinking: '' } },
      { type: 'content_block_stop', index: 9 },
      { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '{"text":"' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: '' } },
      { type: 'content_block_delta', index: 41, delta: { type: 'text_delta', text: ' far' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 7 } },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', text: 'no', signature: 's' } },
      { type: 'something_new', delta: { type: 'text_delta', text: 'no' } },
    ),
  },
);

const chunk = { id: 'c', created: 1, usage: null };
const openAiEvents = fc.oneof(
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
    weight: 4,
    arbitrary: fc.constantFrom<Json>(
      { choices: [{ delta: { role: 'assistant', content: '' } }] },
      { ...chunk, choices: [{ index: 0, delta: { content: ' z' } }], obfuscation: 'abc', error: { message: 'late' } },
      { choices: [{ delta: { reasoning_content: 'r' } }] },
      { ...chunk, choices: [{ index: 0, delta: { content: 'x', reasoning: 'y' }, finish_reason: null }] },
      { choices: [], usage: { prompt_tokens: 9, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 3 } } },
      { choices: [], usage: { prompt_tokens: 1 } },
      { choices: [], usage: { prompt_tokens: 1e308, completion_tokens: '@infinity@' } },
      { choices: [], usage: { prompt_tokens: '7', completion_tokens: 1.5, prompt_tokens_details: null } },
      { choices: null },
      { choices: [] },
      { choices: [{ index: 3, delta: { content: ' far' } }] },
      { choices: [{ delta: { content: ' a' }, finish_reason: 'length' }] },
      { choices: [{ delta: { refusal: 'I will not' } }] },
      { choices: [{ delta: { content: [{ type: 'text', text: 'part' }] } }] },
      { choices: [{ delta: { content: [{ type: 'text', text: '' }] } }] },
      { choices: [{ delta: { tool_calls: [{ index: 2, function: { arguments: '{"content":"' } }] } }] },
      { content: 'no', choices: [{ delta: { content: null } }] },
      { choices: [{ delta: { content: 'a' }, content: 'b' }] },
    ),
  },
);

const errors = fc
  .constantFrom<unknown>(
    { type: 'overloaded_error', message: 'Overloaded' },
    { type: 'server_error', code: null, message: 'fault' },
    { code: 429, message: 'slow down' },
    { code: '503' },
    { type: 'insufficient_quota' },
    { type: 'constructor', status: 404 },
    { status: 'UNAVAILABLE', code: 599 },
    { error: { error: { error: { error: { message: 'deep' } } } } },
    'just words',
    true,
    {},
  )
  .map((error): Json => ({ type: 'error', error }));

const endings: Record<Protocol, readonly Json[][]> = {
  anthropic: [
    [
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } },
      { type: 'message_stop' },
    ],
    [{ type: 'message_delta', delta: { stop_reason: 'max_tokens' } }, { type: 'message_stop' }],
    [{ type: 'message_delta', delta: { stop_reason: 'constructor' } }, { type: 'message_stop' }],
    [{ type: 'message_delta', delta: { stop_reason: null } }, { type: 'message_stop' }],
    [{ type: 'message_delta', delta: { stop_reason: 'end_turn' } }],
    [{ type: 'message_stop' }, { type: 'message_stop' }],
    [],
  ],
  openai: [
    [{ choices: [{ delta: {}, finish_reason: 'stop' }] }, { choices: [], usage: { completion_tokens: 2 } }],
    [{ choices: [{ delta: {}, finish_reason: 'content_filter' }] }],
    [{ choices: [{ delta: {}, finish_reason: 'toString' }] }],
    [{ choices: [{ delta: {}, finish_reason: 'error', error: { code: 502 } }] }],
    [{ choices: [{ delta: {}, finish_reason: '' }] }],
    [{ choices: [{ delta: {}, finish_reason: null }] }],
    [],
  ],
};

/** Puts `value` at a place of the object that `at` chooses; the object itself stays as it is. */
const spoilValue = (whole: Json, at: number, value: unknown): Json => {
  const keys = Object.keys(whole);
  if (keys.length === 0) return whole;
  const key = keys[at % keys.length]!;
  const rest = Math.floor(at / keys.length);
  const inner = whole[key];
  const goesOn = typeof inner === 'object' && inner !== null && rest % 3 > 0;
  if (!goesOn) return { ...whole, [key]: value };
  const spoilt = spoilValue(inner as Json, Math.floor(rest / 3), value);
  return { ...whole, [key]: Array.isArray(inner) ? Object.values(spoilt) : spoilt };
};

const jsonText = (value: unknown, style: number): string => {
  const text = style === 2 ? JSON.stringify(value, null, 1) : JSON.stringify(value);
  return (style === 1 ? text.replace(/}}$/, '}   } ') : text).replaceAll('"@infinity@"', '1e999');
};

const around = fc.constantFrom('', ': keep-alive', 'event: ping', 'id: 7', 'retry: 10', 'unknown: x', 'event', ':');

interface Wire {
  lineEnd: string;
  prefix: string;
  bom: boolean;
  style: number;
}

const wire = fc.record<Wire>({
  lineEnd: fc.constantFrom('\n', '\n', '\r\n', '\r'),
  prefix: fc.constantFrom('data: ', 'data: ', 'data:'),
  bom: fc.boolean(),
  style: fc.constantFrom(0, 0, 1, 2),
});

const frame = (data: string, before: string, { lineEnd, prefix }: Wire): string => {
  const lines = data.split('\n').map((line) => `${prefix}${line}${lineEnd}`);
  return `${before === '' ? '' : before + lineEnd}${lines.join('')}${lineEnd}`;
};

/** Answers as servers may send them: every form of the format, now and then an odd value, an error or no end at all. */
export const wireBodies = (protocol: Protocol): fc.Arbitrary<Buffer> => {
  const plain = protocol === 'anthropic' ? anthropicEvents : openAiEvents;
  const odd = fc
    .tuple(plain, fc.nat(), fc.constantFrom(...oddValues))
    .map(([event, at, value]) => spoilValue(event as Json, at, value));
  const event = fc.oneof(
    { weight: 40, arbitrary: plain as fc.Arbitrary<Json> },
    { weight: 3, arbitrary: odd },
    { weight: 1, arbitrary: errors },
  );
  const framed = fc.tuple(event, fc.oneof({ weight: 5, arbitrary: fc.constant('') }, around));
  const last = fc.record({
    events: fc.constantFrom(...endings[protocol], endings[protocol][0]!, endings[protocol][0]!),
    done: fc.constantFrom('[DONE]', '[DONE]', '', ' [DONE] ', '[DONE]\n', '[done]'),
    more: fc.array(event, { maxLength: 2 }),
  });
  return fc
    .tuple(fc.array(framed, { maxLength: 25 }), last, wire)
    .map(([events, { events: ending, done, more }, how]) => {
      const all = [
        ...events.map(([value, before]) => frame(jsonText(value, how.style), before, how)),
        ...ending.map((value) => frame(jsonText(value, how.style), '', how)),
        ...(protocol === 'openai' && done !== '' ? [frame(done, '', how)] : []),
        ...more.map((value) => frame(jsonText(value, how.style), '', how)),
        ...(protocol === 'openai' && more.length > 0 ? [frame('[DONE]', '', how)] : []),
      ];
      return Buffer.from((how.bom ? '\ufeff' : '') + all.join(''));
    });
};

export const malformations = fc.oneof(
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
      '\\ud83d',
      '\n',
      '\r',
      '\n\n',
      '\r\r',
      '}',
      '{',
      'data: ',
      'data\n\n',
      '[DONE]',
      'null',
      '\u0000',
      ': c\n',
      '<!doctype html>',
      'data: {"type":"error"}\n\n',
      'data: [1]\n\n',
    ),
  }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), byte: fc.nat(255) }),
  fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 200 }) }),
);
type Malformation = typeof malformations extends fc.Arbitrary<infer T> ? T : never;

export const spoil = (body: Buffer, fault: Malformation): Buffer => {
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

/** The same bytes in pieces that end at the given places. */
export const cut = (bytes: Buffer, at: readonly number[]): Buffer[] => {
  const points = [...new Set([0, ...at.map((point) => point % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return points.slice(1).map((point, index) => bytes.subarray(points[index], point));
};
