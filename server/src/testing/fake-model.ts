/**
 * A model provider for tests and benches: a real HTTP server that speaks Anthropic Messages and OpenAI chat completions.
 * It answers with numbered words `w1 w2 w3 …`, one delta each. The model's name says how, also across processes;
 * directives are joined with `-` in any order, other words in the name are ignored:
 *
 *   words-200          200 words (default 20)          pace-20          20 ms between deltas (default: all at once)
 *   reasoning-20       20 thoughts `r1 r2 …` first     first-500        500 ms before the first delta (after the head)
 *   cached-30          30 input tokens from the cache  head-500         500 ms before the HTTP head
 *   status-529         answers with that HTTP status   retry-7          … with `Retry-After: 7`
 *   reset              destroys the socket instead     wait-50          … with `retry-after-ms: 50`
 *   quota              429, which means: no credit left
 *   error-after-10     error event in the stream       cut-after-10     destroys the socket
 *   stall-after-10     sends no more, keeps it open    end-after-10     clean end of body without a finish
 *   garbage-after-10   an event that is not JSON       line-10mb        one line of 10 MB
 *   html-200 json-200  200 with that instead           times-2          the fault only in the first two calls of this name
 *   hold-after-5       waits for a release; repeatable split-7          writes the body in pieces of 7 bytes
 *   ping               pings between deltas            crlf             CRLF line ends
 *   nodone             OpenAI without `[DONE]`         nousage          no usage numbers
 *
 * A key that contains `bad` is refused with 401. `max_tokens` is honoured. A token is a word: input counts the words of
 * all messages and the system text. Other processes: GET /control/calls, GET /control/reached?words=5 (answers then),
 * POST /control/release, POST /control/reset. By itself: `node server/src/testing/fake-model.ts --port 4000`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { streamAnswer, type FakeCall } from './fake-model-answer.ts';
import { fakeFrames, type FakeProtocol } from './fake-model-frames.ts';
import { readScript, withoutFaults } from './fake-model-script.ts';

export type { FakeCall } from './fake-model-answer.ts';
export { fakeReasoning, fakeText } from './fake-model-script.ts';

export interface FakeModel {
  url: string;
  /** The latest 1,000 calls, oldest first. */
  calls: readonly FakeCall[];
  /** Resolves when a call since the last reset has sent at least `words` words. */
  reached(words: number): Promise<void>;
  /** Opens the barrier at which calls wait. */
  release(): void;
  /** Forgets calls and counts, and opens all barriers. */
  reset(): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

type Json = Record<string, unknown>;

const keptCalls = 1000;
const models = ['words-20', 'words-200', 'words-200-pace-20', 'reasoning-20-words-20'];

const countWords = (value: unknown): number => {
  if (typeof value === 'string') return value.match(/\S+/g)?.length ?? 0;
  if (Array.isArray(value)) return value.reduce((sum: number, part) => sum + countWords(part), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return countWords((value as Json).content) + countWords((value as Json).text);
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

const sendJson = (
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
};

const faultOf = (protocol: FakeProtocol, body: Json, headers: IncomingMessage['headers']): string | null => {
  const messages = Array.isArray(body.messages) ? (body.messages as Json[]) : [];
  if (messages.length === 0) return 'messages: at least one message is required';
  if (protocol === 'openai') return null;
  if (headers['anthropic-version'] === undefined) return 'anthropic-version: header is required';
  if (typeof body.max_tokens !== 'number') return 'max_tokens: Field required';
  if (messages.some(({ role }) => role === 'system')) return 'messages: Unexpected role "system"';
  if (messages[0]?.role !== 'user') return 'messages: first message must use the "user" role';
  if (messages.some(({ content }) => content === '')) return 'messages: text content blocks must be non-empty';
  return null;
};

const protocolOf = (path: string): FakeProtocol | null => {
  if (path === '/v1/messages') return 'anthropic';
  return path.endsWith('/chat/completions') ? 'openai' : null;
};

/** Starts a fake model on a free port, or on the one given. */
export const createFakeModel = async ({ port = 0 }: { port?: number } = {}): Promise<FakeModel> => {
  const calls: FakeCall[] = [];
  const failures = new Map<string, number>();
  let count = 0;
  let mostWords = 0;
  let held: (() => void)[] = [];
  let waiters: { words: number; resolve: () => void }[] = [];

  const sent = (call: FakeCall): void => {
    mostWords = Math.max(mostWords, call.wordsSent);
    if (waiters.length === 0) return;
    const ready = waiters.filter(({ words }) => words <= mostWords);
    waiters = waiters.filter(({ words }) => words > mostWords);
    for (const { resolve } of ready) resolve();
  };
  const reached = (words: number): Promise<void> =>
    new Promise((resolve) => {
      if (mostWords >= words) resolve();
      else waiters.push({ words, resolve });
    });
  const release = (): void => {
    const going = held;
    held = [];
    for (const go of going) go();
  };
  const reset = (): void => {
    calls.length = 0;
    count = 0;
    mostWords = 0;
    failures.clear();
    release();
  };

  const answer = async (protocol: FakeProtocol, path: string, request: IncomingMessage, response: ServerResponse) => {
    const body = JSON.parse(await bodyOf(request)) as Json;
    const { headers } = request;
    const frames = fakeFrames[protocol];
    const model = String(body.model);
    count += 1;
    const call: FakeCall = {
      id: count,
      protocol,
      path,
      headers,
      body,
      model,
      status: 200,
      wordsSent: 0,
      closedEarly: false,
      finished: false,
    };
    calls.push(call);
    if (calls.length > keptCalls) calls.shift();
    response.on('close', () => {
      if (!call.finished) call.closedEarly = true;
    });

    const written = readScript(model);
    const failed = failures.get(model) ?? 0;
    if (written.times !== Infinity) failures.set(model, failed + 1);
    const script = failed < written.times ? written : withoutFaults(written);
    const refuse = (status: number, message: string, extra: Record<string, string> = {}): void => {
      call.status = status;
      call.finished = true;
      sendJson(response, status, frames.failure(status, message), extra);
    };
    const key = `${String(headers['x-api-key'])} ${String(headers.authorization)}`;
    if (key.includes('bad')) return refuse(401, `invalid key ${key}`);
    const fault = faultOf(protocol, body, headers);
    if (fault !== null) return refuse(400, fault);
    if (script.headMs > 0) await new Promise((resolve) => setTimeout(resolve, script.headMs));
    if (script.reset) {
      call.finished = true;
      request.socket.destroy();
      return;
    }
    if (script.quota) {
      call.status = 429;
      call.finished = true;
      return sendJson(response, 429, frames.outOfQuota);
    }
    if (script.status !== null) {
      const retry: Record<string, string> = {
        ...(script.retryAfter === null ? {} : { 'retry-after': String(script.retryAfter) }),
        ...(script.retryAfterMs === null ? {} : { 'retry-after-ms': String(script.retryAfterMs) }),
      };
      return refuse(script.status, `fake status ${script.status}`, retry);
    }
    if (script.body === 'html') {
      call.finished = true;
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>');
      return;
    }
    if (script.body === 'json') return refuse(200, 'fake error in a 200');

    const limit = Number(body.max_tokens ?? body.max_completion_tokens ?? Infinity);
    const input = countWords(body.system) + countWords(body.messages);
    if (body.stream !== true) {
      const output = Math.min(script.words, limit);
      call.wordsSent = output;
      call.finished = true;
      const end = output < script.words ? 'length' : 'stop';
      return sendJson(response, 200, frames.whole(model, { input, output, cached: script.cached }, end));
    }
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'transfer-encoding': 'chunked',
    });
    const wantsUsage = protocol === 'anthropic' || (body.stream_options as Json | undefined)?.include_usage === true;
    const actual = { ...script, sendsUsage: script.sendsUsage && wantsUsage };
    streamAnswer(call, actual, input, limit, response, { sent, hold: (go) => held.push(go) });
  };

  const control = async (path: string, query: URLSearchParams, response: ServerResponse): Promise<void> => {
    if (path === '/control/calls') return sendJson(response, 200, { count, calls });
    if (path === '/control/release') release();
    else if (path === '/control/reset') reset();
    else if (path === '/control/reached') await reached(Number(query.get('words')));
    else return sendJson(response, 404, { error: 'unknown control path' });
    sendJson(response, 200, {});
  };

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [path = '/', query = ''] = (request.url ?? '/').split('?');
    const protocol = protocolOf(path);
    if (protocol && request.method === 'POST') return answer(protocol, path, request, response);
    if (path.startsWith('/control/')) return control(path, new URLSearchParams(query), response);
    if (request.method === 'GET' && path.endsWith('/models')) {
      const key = `${String(request.headers['x-api-key'])} ${String(request.headers.authorization)}`;
      if (key.includes('bad')) return sendJson(response, 401, { error: { message: `invalid key ${key}` } });
      return sendJson(response, 200, {
        object: 'list',
        has_more: false,
        data: models.map((id) => ({ id, object: 'model' })),
      });
    }
    sendJson(response, 404, { error: { message: `no such path: ${path}` } });
  };
  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      if (!response.headersSent) sendJson(response, 400, { error: { message: String(error) } });
      else response.destroy();
    });
  });
  server.keepAliveTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, calls, reached, release, reset, close, [Symbol.asyncDispose]: close };
};

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '4000' } } });
  const fake = await createFakeModel({ port: Number(values.port) });
  process.stdout.write(`${JSON.stringify({ url: fake.url })}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(0));
}
