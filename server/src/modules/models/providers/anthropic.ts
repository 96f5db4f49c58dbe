import {
  defineProvider,
  type ModelRequest,
  type ModelSink,
  type Provider,
  type ProviderSettings,
  type StopReason,
  type Usage,
} from '../provider.ts';
import { count, parseEvent, record } from './json-event.ts';
import { createTextLift } from './text-lift.ts';
import { cutError, isJson, streamedError, type Json, type UpstreamName } from './upstream-errors.ts';
import { readAnswer, readModelList, type AnswerReader, type UpstreamDeps } from './upstream.ts';

const title = 'Anthropic';
const defaultMaxTokens = 4096;

const stopReasons = new Map<string, StopReason>([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool-calls'],
  ['refusal', 'content-filter'],
]);

/** The text of an event that is nothing but a piece of text. */
const plainText = (event: Json): string | null => {
  if (event.type !== 'content_block_delta') return null;
  const delta = record(event.delta);
  return delta?.type === 'text_delta' && typeof delta.text === 'string' ? delta.text : null;
};

/** Reader of the Messages API's events (https://docs.anthropic.com/en/docs/build-with-claude/streaming). */
export const createAnthropicReader = (sink: ModelSink, name: UpstreamName): AnswerReader => {
  let reason: StopReason | null = null;
  let stopped = false;
  let usage: Usage | null = null;
  const textLift = createTextLift('text', (line) => plainText(parseEvent(line, name.title)));

  // The numbers are cumulative: a later one replaces the earlier, and an absent one leaves it.
  const takeUsage = (value: unknown): void => {
    if (!isJson(value)) return;
    usage = {
      inputTokens: value.input_tokens == null ? (usage?.inputTokens ?? 0) : count(value.input_tokens),
      outputTokens: value.output_tokens == null ? (usage?.outputTokens ?? 0) : count(value.output_tokens),
      cacheReadTokens:
        value.cache_read_input_tokens == null ? (usage?.cacheReadTokens ?? 0) : count(value.cache_read_input_tokens),
      cacheWriteTokens:
        value.cache_creation_input_tokens == null
          ? (usage?.cacheWriteTokens ?? 0)
          : count(value.cache_creation_input_tokens),
    };
  };

  return {
    read: (source, from, to) => {
      const lifted = textLift.lift(source, from, to);
      if (lifted !== null) {
        if (lifted !== '') sink.text(lifted);
        return 'piece';
      }
      const line = source.slice(from, to);
      const event = parseEvent(line, name.title);
      const text = plainText(event);
      if (text !== null) {
        if (text !== '') {
          sink.text(text);
          textLift.learn(line, text);
        }
        return 'piece';
      }
      switch (event.type) {
        case 'message_start':
          takeUsage(record(event.message)?.usage);
          // Comes at once, before the model has thought of anything: not yet a first token.
          return 'quiet';
        case 'content_block_start': {
          const block = record(event.content_block);
          if (block?.type !== 'text' || typeof block.text !== 'string' || block.text === '') return 'quiet';
          sink.text(block.text);
          return 'piece';
        }
        case 'content_block_delta': {
          const delta = record(event.delta);
          if (delta?.type !== 'thinking_delta' || typeof delta.thinking !== 'string') return 'piece';
          if (delta.thinking !== '') sink.reasoning(delta.thinking);
          return 'piece';
        }
        case 'message_delta': {
          const stop = record(event.delta)?.stop_reason;
          if (typeof stop === 'string') reason = stopReasons.get(stop) ?? 'other';
          takeUsage(event.usage);
          return 'piece';
        }
        case 'message_stop':
          if (reason === null) throw cutError(name.title);
          stopped = true;
          return 'done';
        case 'error':
          throw streamedError(event.error, name);
        default:
          return 'quiet';
      }
    },
    stopReason: () => (stopped ? reason : null),
    usage: () => usage,
  };
};

const addressOf = ({ baseUrl }: ProviderSettings): string => baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '');

const headersOf = ({ apiKey }: ProviderSettings): Record<string, string> => ({
  'anthropic-version': '2023-06-01',
  ...(apiKey === null ? {} : { 'x-api-key': apiKey }),
});

const bodyOf = (request: ModelRequest): string =>
  JSON.stringify({
    model: request.model,
    max_tokens: request.maxTokens ?? defaultMaxTokens,
    stream: true,
    // Never a message with role `system`: the API has a place of its own for it.
    system: request.instructions === '' ? undefined : request.instructions,
    // Its scale ends at 1, ours at 2.
    temperature: request.temperature === null ? undefined : Math.min(request.temperature, 1),
    // Empty content is refused by the API.
    messages: request.messages.filter(({ text }) => text !== '').map(({ role, text }) => ({ role, content: text })),
  });

/** Anthropic's Messages API. */
export const createAnthropicProvider = (deps: UpstreamDeps): Provider =>
  defineProvider({
    kind: 'anthropic',
    title,
    defaultBaseUrl: 'https://api.anthropic.com',
    needsKey: true,
    environmentVariable: 'ANTHROPIC_API_KEY',
    listModels: (settings, { signal }) => {
      const name = { title, apiKey: settings.apiKey, model: null };
      return readModelList(deps, name, `${addressOf(settings)}/v1/models?limit=1000`, headersOf(settings), signal);
    },
    stream: (settings, request, sink, { signal, limits }) => {
      const name = { title, apiKey: settings.apiKey, model: request.model };
      const call = {
        name,
        url: `${addressOf(settings)}/v1/messages`,
        headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headersOf(settings) },
        body: bodyOf(request),
        signal,
        limits,
      };
      return readAnswer(deps, call, createAnthropicReader(sink, name), sink);
    },
  });
