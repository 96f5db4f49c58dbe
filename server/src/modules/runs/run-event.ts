import type { Usage } from '../models/index.ts';

export type RunStatus = 'queued' | 'running' | 'waiting_approval' | 'completed' | 'stopped' | 'failed' | 'interrupted';
export type EndStatus = Extract<RunStatus, 'completed' | 'stopped' | 'failed' | 'interrupted'>;

export interface RunError {
  code: string;
  /** What happened and what to do. */
  message: string;
  retryable: boolean;
}

/** What each type of event carries, besides `v`. Tool events have their place and arrive with tools. */
export interface RunEventData {
  'run-start': { messageId: string; model: string };
  'step-start': { step: number };
  'text-delta': { text: string };
  'reasoning-delta': { text: string };
  'tool-call': { id: string; name: string; input: unknown };
  'approval-request': { id: string; toolCallId: string };
  'tool-result': { id: string; output: unknown; isError: boolean };
  citation: { index: number; title: string; url: string | null };
  usage: Usage;
  notice: { kind: 'retry' | 'fallback' | 'summarised'; message: string };
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

/** The event as a server-sent event; made once for all readers. */
export const eventFrame = (seq: number, type: string, json: string): string =>
  `id: ${seq}\nevent: ${type}\ndata: ${json}\n\n`;
