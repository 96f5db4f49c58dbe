import type { Usage } from '../../provider.ts';

export type Protocol = 'anthropic' | 'openai';

/** What a body means: what was said, what was counted, and the stop reason or the code of the failure. */
export interface Reading {
  text: string;
  reasoning: string;
  usage: Usage | null;
  end: string;
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objectOf = (value: unknown): Json => (isObject(value) ? value : {});

/** The data of every event, by the algorithm of the standard on the whole body at once. */
export const eventsOf = (body: Uint8Array): string[] => {
  const lines = new TextDecoder().decode(body).split(/\r\n|\r|\n/);
  lines.pop();
  const events: string[] = [];
  let data: string[] = [];
  for (const line of lines) {
    const [field, value] = /^([^:]*)(?:: ?)?(.*)$/s.exec(line)!.slice(1) as [string, string];
    if (field === 'data') data.push(value);
    if (line !== '' || data.length === 0) continue;
    events.push(data.join('\n'));
    data = [];
  }
  return events;
};

const errorCodes: [string, RegExp][] = [
  ['upstream_unauthorized', /^(authentication_error|permission_error|invalid_api_key|401|403)$/],
  ['upstream_not_found', /^(not_found_error|model_not_found|404)$/],
  ['upstream_rate_limited', /^(rate_limit_error|rate_limit_exceeded|429)$/],
  ['upstream_overloaded', /^(overloaded_error|503|529)$/],
  ['upstream_quota', /^(billing_error|insufficient_quota|billing_hard_limit_reached|billing_not_active|402)$/],
  ['upstream_unavailable', /^(408|5\d\d)$/],
  ['upstream_refused', /^(invalid_request_error|request_too_large|4\d\d)$/],
];

const codeOfError = (error: unknown): string => {
  for (const label of isObject(error) ? [error.code, error.type, error.status] : []) {
    const found = errorCodes.find(([, pattern]) => pattern.test(String(label)));
    if (found) return found[0];
  }
  return 'upstream_unavailable';
};

const stopReasons: Record<Protocol, [string, RegExp][]> = {
  anthropic: [
    ['stop', /^(end_turn|stop_sequence)$/],
    ['length', /^(max_tokens|model_context_window_exceeded)$/],
    ['tool-calls', /^tool_use$/],
    ['content-filter', /^refusal$/],
  ],
  openai: [
    ['stop', /^(stop|eos)$/],
    ['length', /^length$/],
    ['tool-calls', /^(tool_calls|function_call)$/],
    ['content-filter', /^content_filter$/],
  ],
};

const reasonOf = (protocol: Protocol, word: string): string =>
  stopReasons[protocol].find(([, pattern]) => pattern.test(word))?.[0] ?? 'other';

const tokens = (value: unknown): number =>
  typeof value === 'number' && value > 0 && value < Number.MAX_SAFE_INTEGER ? Math.round(value) : 0;

/** Returns how the answer ended when this event ends it. */
const takeAnthropic = (event: Json, reading: Reading, state: { reason: string | null }): string | null => {
  const delta = objectOf(event.delta);
  const block = objectOf(event.content_block);
  const count = (value: unknown): void => {
    if (!isObject(value)) return;
    const old = reading.usage;
    const next = (now: unknown, before: number | undefined): number =>
      now === null || now === undefined ? (before ?? 0) : tokens(now);
    reading.usage = {
      inputTokens: next(value.input_tokens, old?.inputTokens),
      outputTokens: next(value.output_tokens, old?.outputTokens),
      cacheReadTokens: next(value.cache_read_input_tokens, old?.cacheReadTokens),
      cacheWriteTokens: next(value.cache_creation_input_tokens, old?.cacheWriteTokens),
    };
  };
  switch (event.type) {
    case 'message_start':
      count(objectOf(event.message).usage);
      return null;
    case 'content_block_start':
      if (block.type === 'text' && typeof block.text === 'string') reading.text += block.text;
      return null;
    case 'content_block_delta':
      if (delta.type === 'text_delta' && typeof delta.text === 'string') reading.text += delta.text;
      if (delta.type === 'thinking_delta' && typeof delta.thinking === 'string') reading.reasoning += delta.thinking;
      return null;
    case 'message_delta':
      if (typeof delta.stop_reason === 'string') state.reason = reasonOf('anthropic', delta.stop_reason);
      count(event.usage);
      return null;
    case 'message_stop':
      return state.reason ?? 'upstream_cut';
    case 'error':
      return codeOfError(event.error);
    default:
      return null;
  }
};

const takeOpenAi = (
  event: Json,
  reading: Reading,
  state: { reason: string | null; answered: boolean },
): string | null => {
  if (event.error !== null && event.error !== undefined) return codeOfError(event.error);
  if (isObject(event.usage)) {
    const cached = tokens(objectOf(event.usage.prompt_tokens_details).cached_tokens);
    reading.usage = {
      inputTokens: Math.max(0, tokens(event.usage.prompt_tokens) - cached),
      outputTokens: tokens(event.usage.completion_tokens),
      cacheReadTokens: cached,
      cacheWriteTokens: 0,
    };
  }
  const choice: unknown = Array.isArray(event.choices) ? event.choices[0] : null;
  if (!isObject(choice)) {
    state.answered ||= reading.usage !== null;
    return null;
  }
  const delta = objectOf(choice.delta);
  const thought = delta.reasoning_content ?? delta.reasoning;
  if (typeof thought === 'string') reading.reasoning += thought;
  for (const piece of Array.isArray(delta.content) ? (delta.content as unknown[]) : [{ text: delta.content }])
    if (isObject(piece) && typeof piece.text === 'string') reading.text += piece.text;
  if (typeof delta.refusal === 'string') reading.text += delta.refusal;
  if (choice.finish_reason === 'error') return codeOfError(choice.error ?? event);
  const isFinish = typeof choice.finish_reason === 'string' && choice.finish_reason !== '';
  if (isFinish) state.reason = reasonOf('openai', choice.finish_reason as string);
  const isOpening =
    isObject(choice.delta) &&
    delta.role !== null &&
    delta.role !== undefined &&
    (delta.content === null || delta.content === undefined || delta.content === '');
  state.answered ||= isFinish || !isOpening;
  return null;
};

/** The meaning of a whole body, read as slowly and plainly as can be. */
export const readSlowly = (protocol: Protocol, body: Uint8Array): Reading => {
  const reading: Reading = { text: '', reasoning: '', usage: null, end: '' };
  const state: { reason: string | null; answered: boolean } = { reason: null, answered: false };
  for (const data of eventsOf(body)) {
    if (protocol === 'openai' && data.trim() === '[DONE]')
      return { ...reading, end: state.reason ?? (state.answered ? 'other' : 'upstream_cut') };
    let event: unknown = null;
    try {
      event = JSON.parse(data);
    } catch {
      // Not JSON, so not an object either.
    }
    if (!isObject(event)) return { ...reading, end: 'upstream_protocol' };
    const end = protocol === 'anthropic' ? takeAnthropic(event, reading, state) : takeOpenAi(event, reading, state);
    if (end !== null) return { ...reading, end };
  }
  // OpenAI's finish reason is enough at the end of the body; Anthropic's needs its last event.
  return { ...reading, end: (protocol === 'openai' ? state.reason : null) ?? 'upstream_cut' };
};
