import type { RunError, RunStatus, Usage } from './types.ts';

/** A model and the provider it belongs to, as people call them. */
export interface ModelName {
  provider: string | null;
  name: string;
}

/** What each type of run event carries. */
export interface RunEventTypes {
  'run-start': { messageId: string; model: string };
  /** Before each call of a model. */
  'step-start': { step: number; attempt: number; providerId: string; providerName: string; model: string };
  'text-delta': { text: string };
  'reasoning-delta': { text: string };
  'tool-call': { id: string; name: string; input: unknown };
  'approval-request': { id: string; [detail: string]: unknown };
  'tool-result': { id: string; output: unknown; isError: boolean };
  citation: { [detail: string]: unknown };
  /** All tokens of the run so far. */
  usage: Usage;
  /**
   * Something to know beside the answer. `retry` and `fallback`: attempt number `attempt` of model `from` failed with
   * `code`, and `to` is asked in `waitMs` milliseconds. `waiting`: others with the same key come first.
   */
  notice: {
    kind: string;
    message: string;
    attempt?: number;
    code?: string;
    called?: boolean;
    waitMs?: number;
    from?: ModelName;
    to?: ModelName;
  };
  error: RunError;
  /** Proves completeness: `finalSeq` is this event's number, `textSha256` the hash of all text deltas together. */
  'run-end': {
    status: Extract<RunStatus, 'completed' | 'stopped' | 'failed' | 'interrupted'>;
    stopReason: string | null;
    usage: Usage | null;
    costNanos: number | null;
    finalSeq: number;
    textSha256: string | null;
  };
}

/** The name of a run event. */
export type RunEventType = keyof RunEventTypes;

/**
 * One event of a run's log, numbered densely from 1. `data.v` is the version of its shape, now 1.
 * A newer server may send types that are not listed here: ignore them (a `default` branch), but keep counting `seq`.
 */
export type RunEvent = {
  [Type in RunEventType]: { seq: number; type: Type; data: { v: number } & RunEventTypes[Type] };
}[RunEventType];
