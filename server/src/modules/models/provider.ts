export type ProviderKind = 'demo' | 'anthropic' | 'openai' | 'openai-compatible';

export interface ProviderSettings {
  kind: ProviderKind;
  baseUrl: string;
  apiKey: string | null;
}

export interface ModelMessage {
  role: 'user' | 'assistant';
  text: string;
}

export interface ModelRequest {
  model: string;
  instructions: string;
  messages: readonly ModelMessage[];
  temperature: number | null;
  maxTokens: number | null;
}

/** Four disjoint counters: `inputTokens` are those that were neither read from nor written to the provider's cache. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
}

/** Callbacks, not an async iterator: one call per delta on the hot path. */
export interface ModelSink {
  /** Once, when the provider began to answer. */
  open(flow: { pause(): void; resume(): void }): void;
  /** Never with an empty piece; `reasoning` neither. */
  text(delta: string): void;
  reasoning(delta: string): void;
  /** The latest cumulative numbers; sent once, just before the stream resolves or rejects. */
  usage(usage: Usage): void;
}

export type StopReason = 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'other';

/** Milliseconds for each phase of an answer. */
export interface PhaseLimits {
  connectMs: number;
  firstTokenMs: number;
  idleMs: number;
  totalMs: number;
}

export interface Provider {
  kind: ProviderKind;
  title: string;
  defaultBaseUrl: string | null;
  needsKey: boolean;
  environmentVariable: string | null;
  listModels(settings: ProviderSettings, options: { signal: AbortSignal }): Promise<string[]>;
  /**
   * Resolves only when the provider itself said that the answer is finished; otherwise rejects with ProviderError.
   * Abort rejects with code `aborted` and closes the upstream socket at once.
   */
  stream(
    settings: ProviderSettings,
    request: ModelRequest,
    sink: ModelSink,
    options: { signal: AbortSignal; limits: PhaseLimits },
  ): Promise<StopReason>;
}

export type ProviderErrorCode =
  | 'upstream_unauthorized'
  | 'upstream_not_found'
  | 'upstream_quota'
  | 'upstream_rate_limited'
  | 'upstream_overloaded'
  | 'upstream_refused'
  | 'upstream_unavailable'
  | 'upstream_busy'
  | 'upstream_timeout'
  | 'upstream_protocol'
  | 'upstream_cut'
  | 'upstream_address'
  | 'aborted';

const retryableCodes = new Set<ProviderErrorCode>([
  'upstream_rate_limited',
  'upstream_overloaded',
  'upstream_unavailable',
  'upstream_busy',
  'upstream_timeout',
  'upstream_cut',
]);

export interface ProviderErrorExtras {
  status?: number | null;
  retryAfterMs?: number | null;
  phase?: keyof PhaseLimits | null;
  sent?: boolean;
  cause?: unknown;
}

/** Why an answer could not be had. The message is for people: what happened and what to do; never with a key in it. */
export class ProviderError extends Error {
  readonly code: ProviderErrorCode;
  /** The same request may succeed a little later. */
  readonly retryable: boolean;
  readonly retryAfterMs: number | null;
  /** The provider's HTTP status, when it answered with one that is an error. */
  readonly status: number | null;
  /** Which phase took too long, for `upstream_timeout`. */
  readonly phase: keyof PhaseLimits | null;
  /** False when the provider was not even asked. */
  readonly sent: boolean;

  constructor(code: ProviderErrorCode, message: string, extras: ProviderErrorExtras = {}) {
    super(message, { cause: extras.cause });
    this.name = 'ProviderError';
    this.code = code;
    this.retryable = retryableCodes.has(code);
    this.retryAfterMs = extras.retryAfterMs ?? null;
    this.status = extras.status ?? null;
    this.phase = extras.phase ?? null;
    this.sent = extras.sent ?? true;
  }
}

/** Declares a provider kind: one file in `providers/` and one line in its index. */
export const defineProvider = <P extends Provider>(provider: P): P => provider;
