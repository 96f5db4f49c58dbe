import type { Message, Part, RunError, RunStatus, RunTranscript } from '@parley/sdk';
import { isFinal, type LiveRun } from './live-runs.ts';

export interface AnswerState {
  text: string;
  reasoning: string;
  status: RunStatus;
  error: RunError | null;
  /** What the run does instead of answering, just now. */
  notice: RunTranscript['notice'];
  isRunning: boolean;
  isReconnecting: boolean;
}

export const textOfParts = (parts: readonly Part[], type: 'text' | 'reasoning' = 'text'): string =>
  parts.map((part) => (part.type === type ? part.text : '')).join('');

/** The stored message once its run has ended there; until then what the stream has brought. */
export const answerState = (message: Message, live: LiveRun | undefined): AnswerState => {
  const { run } = message;
  const stored: AnswerState = {
    text: textOfParts(message.parts),
    reasoning: textOfParts(message.parts, 'reasoning'),
    status: run?.status ?? 'completed',
    error: run?.error ?? null,
    notice: null,
    isRunning: run !== null && !isFinal(run.status),
    isReconnecting: false,
  };
  if (!stored.isRunning || live === undefined) return stored;
  const { transcript } = live;
  const isReconnecting = live.phase === 'reconnecting' || live.phase === 'lost';
  if (transcript.lastSeq === 0) return { ...stored, isReconnecting };
  return {
    text: transcript.text,
    reasoning: transcript.reasoning,
    status: transcript.status,
    error: transcript.error,
    notice: transcript.notice,
    isRunning: !isFinal(transcript.status),
    isReconnecting,
  };
};
