import type { Dispatcher } from 'undici';
import { createAnswerReader, type Expected } from './answer-reader.ts';

/** One request that is answered with a stream of words. */
export interface Chat {
  path: string;
  headers: Record<string, string>;
  body: string;
}

export interface Outcome {
  /** Why the answer does not count, or null. */
  error: string | null;
  /** From the request to the first text; NaN when none came. */
  firstTextMs: number;
}

export interface Listener {
  words?(count: number): void;
  /** The first text is here. */
  began?(): void;
}

const silenceLimitMs = 30_000;

/** Sends one chat and checks every word of the answer. Never rejects. */
export const ask = (pool: Dispatcher, chat: Chat, expected: Expected, listener: Listener = {}): Promise<Outcome> =>
  new Promise((resolve) => {
    const reader = createAnswerReader(expected);
    const sentAt = performance.now();
    let firstTextMs = NaN;
    let status = 0;
    let refusal = '';
    const finish = (error: string | null): void => resolve({ error, firstTextMs });
    pool.dispatch(
      {
        ...chat,
        method: 'POST',
        headersTimeout: silenceLimitMs,
        bodyTimeout: silenceLimitMs,
      },
      {
        onRequestStart: () => {},
        onResponseStart: (_controller, code) => void (status = code),
        onResponseData: (_controller, chunk) => {
          if (status !== 200) {
            refusal += chunk.toString();
            return;
          }
          const words = reader.push(chunk);
          if (words === 0) return;
          if (Number.isNaN(firstTextMs)) {
            firstTextMs = performance.now() - sentAt;
            listener.began?.();
          }
          listener.words?.(words);
        },
        onResponseEnd: () => finish(status === 200 ? reader.fault() : `HTTP ${status}: ${refusal.slice(0, 200)}`),
        onResponseError: (_controller, error) => finish(String(error)),
      },
    );
  });
