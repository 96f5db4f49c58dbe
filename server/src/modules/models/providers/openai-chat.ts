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
import { isJson, streamedError, type Json, type UpstreamName } from './upstream-errors.ts';
import { readAnswer, readModelList, type AnswerReader, type Progress, type UpstreamDeps } from './upstream.ts';

const stopReasons = new Map<string, StopReason>([
  ['stop', 'stop'],
  ['eos', 'stop'],
  ['length', 'length'],
  ['content_filter', 'content-filter'],
  ['tool_calls', 'tool-calls'],
  ['function_call', 'tool-calls'],
]);

const choiceOf = (event: Json): Json | null => (Array.isArray(event.choices) ? record(event.choices[0]) : null);

/** The text of a chunk that is nothing but a piece of text. */
const plainText = (event: Json): string | null => {
  if (event.error != null || event.usage != null) return null;
  const choice = choiceOf(event);
  if (choice === null || choice.finish_reason != null) return null;
  const delta = record(choice.delta);
  if (delta === null || delta.reasoning_content != null || delta.reasoning != null || delta.refusal != null)
    return null;
  return typeof delta.content === 'string' ? delta.content : null;
};

const readUsage = (value: Json): Usage => {
  const cached = count(record(value.prompt_tokens_details)?.cached_tokens);
  return {
    // `prompt_tokens` includes the cached ones; our counters do not overlap.
    inputTokens: Math.max(0, count(value.prompt_tokens) - cached),
    outputTokens: count(value.completion_tokens),
    cacheReadTokens: cached,
    cacheWriteTokens: 0,
  };
};

/** Reader of chat completion chunks (https://platform.openai.com/docs/api-reference/chat-streaming). */
export const createOpenAiReader = (sink: ModelSink, name: UpstreamName): AnswerReader => {
  let reason: StopReason | null = null;
  let usage: Usage | null = null;
  let answered = false;
  const textLift = createTextLift('content', (line) => plainText(parseEvent(line, name.title)));

  const takeDelta = (delta: Json): void => {
    const thought = delta.reasoning_content ?? delta.reasoning;
    if (typeof thought === 'string' && thought !== '') sink.reasoning(thought);
    const { content, refusal } = delta;
    if (typeof content === 'string' && content !== '') sink.text(content);
    // Mistral's reasoning models send typed parts instead of a string.
    else if (Array.isArray(content)) {
      for (const part of content as unknown[])
        if (isJson(part) && typeof part.text === 'string' && part.text !== '') sink.text(part.text);
    }
    if (typeof refusal === 'string' && refusal !== '') sink.text(refusal);
  };

  const takeChunk = (event: Json): Progress => {
    if (event.error != null) throw streamedError(event.error, name);
    // Some send running totals with every chunk: the latest one counts.
    if (isJson(event.usage)) usage = readUsage(event.usage);
    const choice = choiceOf(event);
    if (choice === null) return usage === null ? 'quiet' : 'piece';
    const delta = record(choice.delta);
    if (delta) takeDelta(delta);
    if (typeof choice.finish_reason === 'string' && choice.finish_reason !== '') {
      // Some gateways report an error of the model behind them in this way only.
      if (choice.finish_reason === 'error') throw streamedError(choice.error ?? event, name);
      reason = stopReasons.get(choice.finish_reason) ?? 'other';
      return 'finishing';
    }
    // The opening chunk carries only the role.
    return delta && (delta.content === '' || delta.content == null) && delta.role != null ? 'quiet' : 'piece';
  };

  return {
    read: (source, from, to) => {
      const lifted = textLift.lift(source, from, to);
      if (lifted !== null) {
        if (lifted !== '') sink.text(lifted);
        return 'piece';
      }
      const line = source.slice(from, to);
      if (line.trim() === '[DONE]') {
        // A few servers say that they are done without saying why.
        if (answered) reason ??= 'other';
        return 'done';
      }
      const event = parseEvent(line, name.title);
      const progress = takeChunk(event);
      answered ||= progress !== 'quiet';
      const text = plainText(event);
      if (text !== null && text !== '') textLift.learn(line, text);
      return progress;
    },
    stopReason: () => reason,
    usage: () => usage,
  };
};

/** `https://host` alone means its `/v1`; any other path is taken as it is, because not every vendor has a `/v1`. */
const addressOf = ({ baseUrl }: ProviderSettings): string => {
  const base = baseUrl.replace(/\/+$/, '').replace(/\/chat\/completions$/, '');
  return /^https?:\/\/[^/]+$/i.test(base) ? `${base}/v1` : base;
};

const headersOf = ({ apiKey }: ProviderSettings): Record<string, string> =>
  apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };

const bodyOf = (request: ModelRequest, genuine: boolean): string => {
  const messages = request.messages
    .filter(({ text }) => text !== '')
    .map(({ role, text }): { role: string; content: string } => ({ role, content: text }));
  if (request.instructions !== '') messages.unshift({ role: 'system', content: request.instructions });
  // OpenAI's reasoning models refuse both the old limit and any temperature.
  const reasoning = genuine && /^(o\d|gpt-5)/.test(request.model);
  return JSON.stringify({
    model: request.model,
    stream: true,
    stream_options: { include_usage: true },
    temperature: reasoning ? undefined : (request.temperature ?? undefined),
    [reasoning ? 'max_completion_tokens' : 'max_tokens']: request.maxTokens ?? undefined,
    messages,
  });
};

// OpenAI lists models for every purpose; these cannot chat.
const otherPurpose = /embedding|whisper|tts|dall-e|moderation|audio|realtime|transcribe|image|sora|babbage|davinci/;

interface ChatVariant {
  kind: 'openai' | 'openai-compatible';
  title: string;
  defaultBaseUrl: string | null;
  needsKey: boolean;
  environmentVariable: string | null;
}

const createChatProvider = (deps: UpstreamDeps, variant: ChatVariant): Provider => {
  const genuine = variant.kind === 'openai';
  const nameOf = ({ baseUrl, apiKey }: ProviderSettings, model: string | null): UpstreamName => ({
    title: genuine || !URL.canParse(baseUrl) ? variant.title : `The provider at ${new URL(baseUrl).host}`,
    apiKey,
    model,
  });
  return defineProvider({
    ...variant,
    listModels: async (settings, { signal }) => {
      const url = `${addressOf(settings)}/models`;
      const models = await readModelList(deps, nameOf(settings, null), url, headersOf(settings), signal);
      return genuine ? models.filter((model) => !otherPurpose.test(model)) : models;
    },
    stream: (settings, request, sink, { signal, limits }) => {
      const name = nameOf(settings, request.model);
      const call = {
        name,
        url: `${addressOf(settings)}/chat/completions`,
        headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headersOf(settings) },
        body: bodyOf(request, genuine),
        signal,
        limits,
      };
      return readAnswer(deps, call, createOpenAiReader(sink, name), sink);
    },
  });
};

/** OpenAI's chat completions. */
export const createOpenAiProvider = (deps: UpstreamDeps): Provider =>
  createChatProvider(deps, {
    kind: 'openai',
    title: 'OpenAI',
    defaultBaseUrl: 'https://api.openai.com/v1',
    needsKey: true,
    environmentVariable: 'OPENAI_API_KEY',
  });

/** Any server that speaks OpenAI's chat completions: Ollama, vLLM, LM Studio, OpenRouter, Mistral and many more. */
export const createOpenAiCompatibleProvider = (deps: UpstreamDeps): Provider =>
  createChatProvider(deps, {
    kind: 'openai-compatible',
    title: 'OpenAI-compatible',
    defaultBaseUrl: null,
    needsKey: false,
    environmentVariable: null,
  });
