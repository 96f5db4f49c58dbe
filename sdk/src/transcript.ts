import type { RunEvent, RunEventTypes } from './run-events.ts';
import { sha256Hex } from './sha256.ts';
import type { RunError, RunStatus, Usage } from './types.ts';

/** What a run's events add up to so far. */
export interface RunTranscript {
  text: string;
  reasoning: string;
  notices: readonly RunEventTypes['notice'][];
  /** The notice that says what the run is doing now, until the model is asked again (`fallback`: until it answers). */
  notice: RunEventTypes['notice'] | null;
  error: RunError | null;
  usage: Usage | null;
  status: RunStatus;
  stopReason: string | null;
  costNanos: number | null;
  /** The assistant message that the run writes. */
  messageId: string | null;
  model: string | null;
  /** Number of the last applied event: what to stream on from. */
  lastSeq: number;
  /** Whether events before `lastSeq` were never applied. */
  hasGap: boolean;
  /** Number of the log's last event, known after `run-end`. */
  finalSeq: number | null;
  /** SHA-256 of the whole text by the server, known after `run-end`. */
  textSha256: string | null;
}

/** The transcript of a run of which no event was seen yet. */
export function createTranscript(): RunTranscript {
  return {
    text: '',
    reasoning: '',
    notices: [],
    notice: null,
    error: null,
    usage: null,
    status: 'queued',
    stopReason: null,
    costNanos: null,
    messageId: null,
    model: null,
    lastSeq: 0,
    hasGap: false,
    finalSeq: null,
    textSha256: null,
  };
}

/**
 * The transcript after one more event; the given one stays as it is. An event seen before changes nothing (the same
 * object comes back), a type of a later version only counts.
 */
export function applyEvent(transcript: RunTranscript, event: RunEvent): RunTranscript {
  if (event.seq <= transcript.lastSeq) return transcript;
  const next: RunTranscript = {
    ...transcript,
    lastSeq: event.seq,
    hasGap: transcript.hasGap || event.seq !== transcript.lastSeq + 1,
  };
  switch (event.type) {
    case 'run-start':
      return { ...next, status: 'running', messageId: event.data.messageId, model: event.data.model };
    case 'text-delta':
      return { ...next, status: 'running', notice: null, text: next.text + event.data.text };
    case 'reasoning-delta':
      return { ...next, status: 'running', notice: null, reasoning: next.reasoning + event.data.text };
    case 'step-start':
      return { ...next, status: 'running', notice: next.notice?.kind === 'fallback' ? next.notice : null };
    case 'tool-call':
    case 'tool-result':
      return { ...next, status: 'running', notice: null };
    case 'approval-request':
      return { ...next, status: 'waiting_approval' };
    case 'usage': {
      const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = event.data;
      return { ...next, usage: { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } };
    }
    case 'notice': {
      const { v: _version, ...notice } = event.data;
      return { ...next, notices: [...next.notices, notice], notice };
    }
    case 'error': {
      const { code, message, retryable } = event.data;
      return { ...next, error: { code, message, retryable } };
    }
    case 'run-end': {
      const { status, stopReason, usage, costNanos, finalSeq, textSha256 } = event.data;
      return { ...next, status, stopReason, notice: null, usage: usage ?? next.usage, costNanos, finalSeq, textSha256 };
    }
    default:
      return next;
  }
}

/** Applies events one after the other, from nothing or from an earlier transcript. */
export function assemble(events: Iterable<RunEvent>, from: RunTranscript = createTranscript()): RunTranscript {
  let transcript = from;
  for (const event of events) transcript = applyEvent(transcript, event);
  return transcript;
}

/**
 * Whether the transcript is proven whole: the run has ended, every event from 1 to `finalSeq` was applied, and the text
 * has the server's hash. False while the run goes on, and when the server sent no hash.
 */
export async function verifyTranscript(transcript: RunTranscript): Promise<boolean> {
  if (transcript.textSha256 === null || transcript.hasGap || transcript.lastSeq !== transcript.finalSeq) return false;
  return (await sha256Hex(transcript.text)) === transcript.textSha256;
}
