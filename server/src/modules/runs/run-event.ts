import type { Usage } from '../models/index.ts';

export type RunStatus = 'queued' | 'running' | 'waiting_approval' | 'completed' | 'stopped' | 'failed' | 'interrupted';
export type EndStatus = Extract<RunStatus, 'completed' | 'stopped' | 'failed' | 'interrupted'>;

export interface RunError {
  code: string;
  /** What happened and what to do. */
  message: string;
  retryable: boolean;
}

export interface ModelName {
  provider: string | null;
  name: string;
}

/** What each type of event carries, besides `v`. Tool events have their place and arrive with tools. */
export interface RunEventData {
  'run-start': { messageId: string; model: string };
  /** Before each call of a model; the first is attempt 1. */
  'step-start': { step: number; attempt: number; providerId: string; providerName: string; model: string };
  'text-delta': { text: string };
  'reasoning-delta': { text: string };
  'tool-call': { id: string; name: string; input: unknown };
  'approval-request': { id: string; toolCallId: string };
  'tool-result': { id: string; output: unknown; isError: boolean };
  citation: { index: number; title: string; url: string | null };
  usage: Usage;
  /** For `retry` and `fallback`: which attempt failed and why, how long until the next, and the two models. */
  notice: {
    kind: 'retry' | 'fallback' | 'waiting' | 'summarised';
    message: string;
    attempt?: number;
    code?: string;
    called?: boolean;
    waitMs?: number;
    from?: ModelName;
    to?: ModelName;
  };
  error: RunError;
  'run-end': {
    status: EndStatus;
    stopReason: string | null;
    usage: Usage | null;
    costNanos: number | null;
    finalSeq: number;
    textSha256: string;
  };
}

export type RunEventType = keyof RunEventData;

/** One item of a run's log. */
export interface RunEvent<T extends RunEventType = RunEventType> {
  seq: number;
  type: T;
  data: RunEventData[T];
}

export const isEnded = (status: string): boolean =>
  status === 'completed' || status === 'stopped' || status === 'failed' || status === 'interrupted';

/** The event as it stands in the log and goes to clients. */
export const eventJson = (event: RunEvent): string => JSON.stringify({ v: 1, ...event.data });

/** The JSON of an event out of its server-sent form. */
export const frameJson = (frame: string): string => frame.slice(frame.indexOf('\ndata: ') + 7, -2);

/** The event as a server-sent event; made once for all readers. */
export const eventFrame = (seq: number, type: string, json: string): string =>
  `id: ${seq}\nevent: ${type}\ndata: ${json}\n\n`;
