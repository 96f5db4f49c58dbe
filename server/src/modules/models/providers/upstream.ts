import type { Clock } from '../../../platform/clock.ts';
import type { Egress, EgressFlow, EgressHeaders } from '../../../platform/egress.ts';
import { watchPhases, type PhaseWatch } from '../phase-limits.ts';
import type { ModelSink, PhaseLimits, StopReason, Usage } from '../provider.ts';
import { createSseSplitter } from '../sse.ts';
import {
  abortedError,
  answerError,
  checkKey,
  connectionError,
  cutError,
  isJson,
  malformed,
  type UpstreamName,
} from './upstream-errors.ts';

/** What an event meant: nothing, a piece of the answer, its end with a few events to come, or the very last event. */
export type Progress = 'quiet' | 'piece' | 'finishing' | 'done';

/** Reads the events of one answer in one wire protocol. */
export interface AnswerReader {
  read(text: string, from: number, to: number): Progress;
  /** Why the answer ended; null while the provider has not said that it is complete. */
  stopReason(): StopReason | null;
  usage(): Usage | null;
}

export interface UpstreamCall {
  name: UpstreamName;
  url: string;
  headers: Record<string, string>;
  body: string;
  signal: AbortSignal;
  limits: PhaseLimits;
}

export interface UpstreamDeps {
  egress: Egress;
  clock: Clock;
}

const maxErrorBody = 64 * 1024;
const maxModelList = 4 * 1024 * 1024;
// How long the rest of the body may take after the provider said that the answer is complete.
const afterFinishMs = 2000;
const afterLastEventMs = 250;

/** Sends a request and feeds the answer to `reader`; resolves only when the reader knows that it is complete. */
export const readAnswer = async (
  { egress, clock }: UpstreamDeps,
  { name, url, headers, body, signal, limits }: UpstreamCall,
  reader: AnswerReader,
  sink: ModelSink,
): Promise<StopReason> => {
  const startedAt = performance.now();
  let watch: PhaseWatch | null = null;
  let flow: EgressFlow | null = null;
  let began = false;
  let pieces = 0;
  let ended = false;
  let failure: unknown = null;
  let odd: { status: number; headers: EgressHeaders; chunks: Buffer[]; size: number } | null = null;

  const fail = (error: unknown): void => {
    failure ??= error;
    flow?.abort(error as Error);
  };
  const splitter = createSseSplitter((text, from, to) => {
    if (ended) return;
    const progress = reader.read(text, from, to);
    if (progress === 'quiet') return;
    pieces += 1;
    if (progress === 'piece') return;
    ended = progress === 'done';
    watch?.finishing(ended ? afterLastEventMs : afterFinishMs);
  });

  checkKey(name);
  let broken: unknown = null;
  try {
    await egress.stream(
      { method: 'POST', url, headers, body, signal, connectTimeoutMs: Math.min(limits.connectMs, limits.totalMs) },
      {
        start: (started) => {
          flow = started;
          watch = watchPhases(limits, name.title, startedAt, (error) => {
            if (error) fail(error);
            else started.abort(abortedError());
          });
        },
        head: (status, received, { pause, resume }) => {
          if (status < 200 || status > 299 || !/^text\/event-stream\b/i.test(received['content-type'] ?? '')) {
            odd = { status, headers: received, chunks: [], size: 0 };
            return;
          }
          began = true;
          const ownFlow = {
            pause: () => {
              watch?.paused();
              pause();
            },
            resume: () => {
              watch?.resumed();
              resume();
            },
          };
          try {
            sink.open(ownFlow);
          } catch (error) {
            fail(error);
          }
        },
        data: (chunk) => {
          if (failure !== null) return;
          if (odd !== null) {
            odd.size += chunk.length;
            odd.chunks.push(chunk);
            if (odd.size > maxErrorBody) flow?.abort(cutError(name.title));
            return;
          }
          const before = pieces;
          try {
            splitter.push(chunk);
          } catch (error) {
            fail(error);
          }
          if (pieces !== before) watch?.progress();
        },
      },
    );
  } catch (error) {
    broken = error;
  }
  // The closures above assign these, which the compiler cannot see.
  const answer = odd as { status: number; headers: EgressHeaders; chunks: Buffer[] } | null;
  (watch as PhaseWatch | null)?.stop();
  const usage = reader.usage();
  if (usage) sink.usage(usage);
  const reason = reader.stopReason();
  if (reason !== null && failure === null) return reason;
  if (signal.aborted) throw abortedError();
  if (answer !== null) {
    const text = Buffer.concat(answer.chunks).toString('utf8', 0, maxErrorBody);
    throw answerError(answer.status, answer.headers, text, name, clock.now());
  }
  if (failure !== null) throw failure as Error;
  if (broken !== null && !began) throw connectionError(broken, name, limits);
  throw cutError(name.title, broken);
};

/** Reads the ids of `{ data: [{ id }] }`, the shape of both protocols' model lists. */
export const readModelList = async (
  { egress, clock }: UpstreamDeps,
  name: UpstreamName,
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<string[]> => {
  const timeoutMs = 15_000;
  checkKey(name);
  const limits = { connectMs: timeoutMs, firstTokenMs: timeoutMs, idleMs: timeoutMs, totalMs: timeoutMs };
  const answer = await egress
    .request({
      method: 'GET',
      url,
      headers: { accept: 'application/json', ...headers },
      signal,
      timeoutMs,
      maxBytes: maxModelList,
    })
    .catch((error: unknown) => {
      throw signal.aborted ? abortedError() : connectionError(error, name, limits);
    });
  if (answer.status !== 200) {
    throw answerError(answer.status, answer.headers, answer.text.slice(0, maxErrorBody), name, clock.now());
  }
  let list: unknown;
  try {
    list = JSON.parse(answer.text);
  } catch {
    throw answerError(answer.status, answer.headers, '', name, clock.now());
  }
  const items = isJson(list) && Array.isArray(list.data) ? (list.data as unknown[]) : null;
  if (items === null) throw malformed(name.title);
  return items.flatMap((item) => (isJson(item) && typeof item.id === 'string' && item.id !== '' ? [item.id] : []));
};
