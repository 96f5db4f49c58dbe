import { fakeText } from './fake-model-script.ts';

export type FakeProtocol = 'anthropic' | 'openai';

export interface FakeUsage {
  input: number;
  output: number;
  cached: number;
}

export type FakeEnd = 'stop' | 'length';

/** The wire format of one protocol as ready-made pieces. */
export interface FakeFrames {
  head(model: string, usage: FakeUsage, reasoning: number): string;
  /** The deltas of the words (or thoughts) from `from` up to, not including, `to`. */
  words(from: number, to: number): Buffer;
  thoughts(from: number, to: number): Buffer;
  tail(usage: FakeUsage, end: FakeEnd, options: { sendsUsage: boolean; sendsDone: boolean }): string;
  /** An error in the middle of a stream that began with 200. */
  error(): string;
  garbage: string;
  ping: string;
  /** The beginning of a delta that never ends. */
  openDelta: string;
  whole(model: string, usage: FakeUsage, end: FakeEnd): unknown;
  failure(status: number, message: string): unknown;
  outOfQuota: unknown;
}

const json = JSON.stringify;

/** Keeps all deltas of a series in one buffer, so that any range of them is a view and not a copy. */
const createSeries = (letter: string, frame: (text: string) => string) => {
  let bytes: Buffer = Buffer.alloc(0);
  const offsets = [0];
  return (from: number, to: number): Buffer => {
    if (to >= offsets.length) {
      const frames: Buffer[] = [bytes];
      const enough = Math.max(to, 2 * offsets.length);
      for (let i = offsets.length - 1; i < enough; i += 1) {
        const next = Buffer.from(frame(i === 0 ? `${letter}1` : ` ${letter}${i + 1}`));
        frames.push(next);
        offsets.push(offsets.at(-1)! + next.length);
      }
      bytes = Buffer.concat(frames);
    }
    return bytes.subarray(offsets[from]!, offsets[to]!);
  };
};

const event = (data: { type: string }): string => `event: ${data.type}\ndata: ${json(data)}\n\n`;

const anthropicDelta = (index: number, delta: object): string =>
  event({ type: 'content_block_delta', index, delta } as { type: string });

const anthropicUsage = ({ input, cached }: FakeUsage): object => ({
  input_tokens: Math.max(0, input - cached),
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: Math.min(cached, input),
});

const anthropicErrors: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

const anthropic: FakeFrames = {
  head: (model, usage, reasoning) =>
    event({
      type: 'message_start',
      message: {
        id: 'msg_fake',
        type: 'message',
        role: 'assistant',
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { ...anthropicUsage(usage), output_tokens: 1 },
      },
    } as { type: string }) +
    event({
      type: 'content_block_start',
      index: 0,
      content_block: reasoning > 0 ? { type: 'thinking', thinking: '', signature: '' } : { type: 'text', text: '' },
    } as { type: string }) +
    event({ type: 'ping' }),
  words: createSeries('w', (text) => anthropicDelta(0, { type: 'text_delta', text })),
  thoughts: createSeries('r', (thinking) => anthropicDelta(0, { type: 'thinking_delta', thinking })),
  tail: ({ output }, end, { sendsUsage }) =>
    event({ type: 'content_block_stop', index: 0 } as { type: string }) +
    event({
      type: 'message_delta',
      delta: { stop_reason: end === 'stop' ? 'end_turn' : 'max_tokens', stop_sequence: null },
      usage: sendsUsage ? { output_tokens: output } : undefined,
    } as { type: string }) +
    event({ type: 'message_stop' }),
  error: () => event({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } } as { type: string }),
  garbage: 'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"ty\n\n',
  ping: event({ type: 'ping' }),
  openDelta:
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"',
  whole: (model, usage, end) => ({
    id: 'msg_fake',
    type: 'message',
    role: 'assistant',
    model,
    content: [{ type: 'text', text: fakeText(usage.output) }],
    stop_reason: end === 'stop' ? 'end_turn' : 'max_tokens',
    stop_sequence: null,
    usage: { ...anthropicUsage(usage), output_tokens: usage.output },
  }),
  failure: (status, message) => ({ type: 'error', error: { type: anthropicErrors[status] ?? 'api_error', message } }),
  outOfQuota: { type: 'error', error: { type: 'billing_error', message: 'No credit left' } },
};

const chunkHead =
  '{"id":"chatcmpl-fake","object":"chat.completion.chunk","created":1700000000,"model":"fake","system_fingerprint":"fp_fake",';
const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${chunkHead}"choices":[{"index":0,"delta":${json(delta)},"logprobs":null,"finish_reason":${json(finish)}}],"usage":null}\n\n`;

const openAiUsage = ({ input, output, cached }: FakeUsage): object => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
  prompt_tokens_details: { cached_tokens: Math.min(cached, input) },
  completion_tokens_details: { reasoning_tokens: 0 },
});

const openai: FakeFrames = {
  head: () => chunk({ role: 'assistant', content: '', refusal: null }),
  words: createSeries('w', (content) => chunk({ content })),
  thoughts: createSeries('r', (thought) => chunk({ reasoning_content: thought })),
  tail: (usage, end, { sendsUsage, sendsDone }) =>
    chunk({}, end) +
    (sendsUsage ? `data: ${chunkHead}"choices":[],"usage":${json(openAiUsage(usage))}}\n\n` : '') +
    (sendsDone ? 'data: [DONE]\n\n' : ''),
  // Some gateways do send [DONE] after an error; it must not make the answer complete.
  error: () =>
    `data: ${json({ error: { message: 'The server had an error', type: 'server_error', param: null, code: null } })}\n\ndata: [DONE]\n\n`,
  garbage: `data: ${chunkHead}"choices":[{"ind\n\n`,
  ping: ': ping\n\n',
  openDelta: `data: ${chunkHead}"choices":[{"index":0,"delta":{"content":"`,
  whole: (model, usage, end) => ({
    id: 'chatcmpl-fake',
    object: 'chat.completion',
    created: 1_700_000_000,
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: fakeText(usage.output) }, finish_reason: end }],
    usage: openAiUsage(usage),
  }),
  failure: (status, message) => ({
    error: { message, type: status >= 500 ? 'server_error' : 'invalid_request_error', param: null, code: null },
  }),
  outOfQuota: {
    error: { message: 'No credit left', type: 'insufficient_quota', param: null, code: 'insufficient_quota' },
  },
};

export const fakeFrames: Record<FakeProtocol, FakeFrames> = { anthropic, openai };
