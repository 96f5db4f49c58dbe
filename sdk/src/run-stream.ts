import type { Transport } from './call.ts';
import { errorOfFailure, errorOfResponse, ParleyError } from './errors.ts';
import { createEventStreamParser } from './event-stream-parser.ts';
import type { StreamEvent } from './event-stream-parser.ts';
import type { RunEvent } from './run-events.ts';
import { fullJitter, onOnline, spread, waitOrWake } from './wait.ts';

const firstDelayMs = 1000;
const maxDelayMs = 10_000;
/** A connection that lasted this long was a good one, even when the model was silent all the time. */
const settledMs = 5000;

/** How to follow a run. */
export interface StreamOptions {
  /** Number of the last event already seen; 0 (the default) reads the run from its start. */
  after?: number;
  /** Ends the stream; the iteration then throws the signal's reason. */
  signal?: AbortSignal;
  /** Told whenever the connection is there, and whenever it is lost and being made again. */
  onState?: (state: StreamState) => void;
  /** Milliseconds without a byte, heartbeats included, after which the connection counts as lost. Default 30,000. */
  idleMs?: number;
  /**
   * Reads what the log holds and closes, again every so many milliseconds, instead of keeping a connection open:
   * browsers allow six of them per origin over HTTP/1.1.
   */
  pollMs?: number;
}

/** Whether events are arriving or the connection is being made again. */
export type StreamState = 'connected' | 'reconnecting';

/** One connection's bytes, where every wait for the network ends after `idleMs` or with the signal. */
interface Connection {
  read(): Promise<Uint8Array | null>;
}

async function connect(
  transport: Transport,
  path: string,
  after: number,
  idleMs: number,
  controller: AbortController,
): Promise<Connection> {
  // The clock stands while the reader of the events is busy: only the network can be late.
  const watch = async <T>(waiting: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => controller.abort(new Error(`no byte for ${idleMs} ms`)), idleMs);
    try {
      return await waiting;
    } finally {
      clearTimeout(timer);
    }
  };
  const response = await watch(
    transport.open(path, {
      headers: { Accept: 'text/event-stream', ...(after > 0 ? { 'Last-Event-ID': String(after) } : {}) },
      cache: 'no-store',
      signal: controller.signal,
    }),
  );
  if (!response.ok) {
    const text = await watch(response.text());
    throw errorOfResponse(response, parseOrNull(text));
  }
  const isEventStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (!isEventStream || response.body === null) {
    const detail = 'The answer was not an event stream. Check that the address is a Parley server.';
    throw new ParleyError('invalid_response', detail, { status: response.status });
  }
  const reader = response.body.getReader();
  controller.signal.addEventListener('abort', () => void reader.cancel().catch(() => undefined), { once: true });
  return {
    async read() {
      const { value, done } = await watch(reader.read());
      if (controller.signal.aborted) throw controller.signal.reason;
      return done ? null : value;
    },
  };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The event if it is the next one, null if it is old or not numbered; throws if something before it is missing. */
function nextRunEvent(event: StreamEvent, last: number): RunEvent | null {
  if (event.id === null) return null;
  if (!/^\d+$/.test(event.id)) throw new Error(`an event has the number ${event.id}`);
  const seq = Number(event.id);
  if (seq <= last) return null;
  if (seq !== last + 1) throw new Error(`event ${seq} arrived after ${last}`);
  return { seq, type: event.type, data: JSON.parse(event.data) as unknown } as RunEvent;
}

/** Whether trying again cannot help. Timeouts and rate limits (408, 429) pass; other refusals stay. */
function isFinal(error: unknown): error is ParleyError {
  if (!(error instanceof ParleyError)) return false;
  if (error.code === 'invalid_response') return true;
  return error.status >= 400 && error.status < 500 && error.status !== 408 && error.status !== 429;
}

async function hasEnded(transport: Transport, runId: string, signal: AbortSignal): Promise<boolean> {
  const run = await transport.call('get', '/v1/runs/{id}', { path: { id: runId }, signal });
  return ['completed', 'stopped', 'failed', 'interrupted'].includes(run.status);
}

/**
 * Follows a run's log from `after` to its `run-end`: every event once, in order, without gaps, over as many connections
 * as it takes. Ends after `run-end`, or at once when the run had ended and nothing came after `after`.
 *
 * Reconnects as the server asks by `retry:` and `Retry-After`, later and later with full jitter while it fails, and at once
 * when the browser comes back online or its page back to the front.
 *
 * Throws a `ParleyError` when the server refuses (`not_found`, `unauthenticated`, …; `resync` when the log is gone and the
 * finished message is to be read instead), and the signal's reason on abort. Everything else is a reconnect.
 */
export async function* streamRun(
  transport: Transport,
  runId: string,
  options: StreamOptions = {},
): AsyncGenerator<RunEvent, void, undefined> {
  const { signal, onState, idleMs = 30_000, pollMs } = options;
  const address = `/v1/runs/${encodeURIComponent(runId)}/events`;
  let last = options.after ?? 0;
  let retryMs = 0;
  let failures = 0;
  let mayHaveEnded = true;
  let knownEnded = false;

  for (;;) {
    signal?.throwIfAborted();
    const controller = new AbortController();
    const onAbort = () => controller.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    // The connection of before the outage may be dead without knowing it.
    let isBackOnline = false;
    const forgetOnline = onOnline(() => {
      isBackOnline = true;
      controller.abort(new Error('the browser is back online'));
    });
    const parser = createEventStreamParser();
    const before = last;
    let connectedAt = Infinity;
    let askedMs = 0;
    let isWhole = false;
    try {
      const path = `${address}?after=${last}${pollMs === undefined ? '' : '&live=false'}`;
      const connection = await connect(transport, path, last, idleMs, controller);
      connectedAt = Date.now();
      onState?.('connected');
      for (let chunk = await connection.read(); chunk !== null; chunk = await connection.read()) {
        for (const received of parser.push(chunk)) {
          const event = nextRunEvent(received, last);
          if (event === null) continue;
          last = event.seq;
          failures = 0;
          yield event;
          if (event.type === 'run-end') return;
          signal?.throwIfAborted();
        }
      }
      isWhole = pollMs !== undefined;
      if (last > before) mayHaveEnded = false;
      else if (mayHaveEnded) {
        if (knownEnded) return;
        knownEnded = await hasEnded(
          transport,
          runId,
          AbortSignal.any([controller.signal, AbortSignal.timeout(idleMs)]),
        );
        // What goes on now has its end still to come.
        mayHaveEnded = knownEnded;
      }
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      if (isFinal(cause)) throw cause;
      askedMs = (errorOfFailure(cause).retryAfter ?? 0) * 1000;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      forgetOnline();
      retryMs = parser.retryMs() ?? retryMs;
      controller.abort();
    }
    if (isWhole) {
      failures = 0;
      await waitOrWake(spread(pollMs ?? 0), signal);
      continue;
    }
    onState?.('reconnecting');
    if (isBackOnline) continue;
    if (Date.now() - connectedAt >= settledMs) failures = 0;
    const delayMs = fullJitter(Math.max(askedMs, retryMs), firstDelayMs, failures, maxDelayMs);
    failures += 1;
    await waitOrWake(delayMs, signal);
  }
}
