import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import type { Broadcast } from '../broadcast.ts';
import type { Caller } from '../caller.ts';
import { AppError } from '../errors.ts';
import { newId } from '../ids.ts';
import type { Logger } from '../log.ts';
import { refuseForeignOrigin, type ResolveCaller } from './authenticate.ts';
import { readLimit, type Count, type UserLimits } from './limits.ts';
import { problemOf, toAppError } from './problem.ts';

/** A connected WebSocket of somebody signed in. */
export interface LiveSocket {
  /** Who is there, acting in a workspace (null: the personal one); looked up anew. Throws what a request would get. */
  caller(workspaceId: string | null): Promise<Caller>;
  /**
   * Answers messages of that name. The client's acknowledgement gets `{ ok: true }` with what the handler returns, or
   * `{ ok: false, problem }` with the problem document that a request would get.
   */
  answer<T>(name: string, body: z.ZodType<T>, handler: (body: T) => Promise<object | void>): void;
  emit(name: string, body: object, bytes: number): void;
  /** Bytes that wait for the other side to take them. */
  waiting(): number;
  /** Ends the connection; the client connects again by itself. */
  drop(): void;
  onClose(listener: () => void): void;
}

/** What a module does with each socket. */
export type Sockets = (socket: LiveSocket) => void;

export interface SocketOptions {
  publicUrl: string;
  resolveCaller: ResolveCaller;
  limits: UserLimits;
  count: Count;
  sockets: readonly Sockets[];
  broadcast: Pick<Broadcast, 'subscribe'>;
  log: Logger;
}

const path = '/v1/realtime';
const messageBytes = 16 * 1024;
const heartbeatMs = 10_000;
/** Messages of one socket that are answered at the same time; more than that is not what a person does. */
const answersAtOnce = 20;
const socketsOfOne = 50;
const lastWordsMs = 500;

type Upgrade = [request: IncomingMessage, socket: Duplex, head: Buffer];

/**
 * socket.io on the HTTP server at `/v1/realtime`: WebSocket only, with the session cookie and the origin rule of requests.
 * It is loaded when the first client comes.
 */
export const serveSockets = (server: HttpServer, options: SocketOptions): { close(): void } => {
  let loaded: { close(): void } | null = null;
  let arrived: Upgrade[] = [];
  const first = (...upgrade: Upgrade): void => {
    arrived.push(upgrade);
    if (arrived.length > 1) return;
    void attach(server, options).then((made) => {
      loaded = made;
      server.off('upgrade', first);
      const waiting = arrived;
      arrived = [];
      for (const one of waiting) server.emit('upgrade', ...one);
    });
  };
  server.on('upgrade', first);
  return { close: () => loaded?.close() };
};

const attach = async (server: HttpServer, options: SocketOptions): Promise<{ close(): void }> => {
  const { Server } = await import('socket.io');
  const { resolveCaller, publicUrl, limits, count, log } = options;

  const people = new Map<string, Set<LiveSocket>>();
  const users = new WeakMap<IncomingMessage, string>();

  const judge = async (request: IncomingMessage): Promise<string | null> => {
    try {
      refuseForeignOrigin(request.headers, publicUrl);
      const caller = await resolveCaller({ headers: request.headers });
      if (!caller) return 'unauthenticated';
      if ((people.get(caller.userId)?.size ?? 0) >= socketsOfOne) return 'rate_limited';
      users.set(request, caller.userId);
      return null;
    } catch (error) {
      return toAppError(error).code;
    }
  };

  const io = new Server(server, {
    path,
    transports: ['websocket'],
    serveClient: false,
    maxHttpBufferSize: messageBytes,
    pingInterval: heartbeatMs,
    pingTimeout: heartbeatMs,
    allowRequest: (request, decide) => void judge(request).then((refusal) => decide(refusal, refusal === null)),
  });

  io.on('connection', (socket) => {
    const { request, conn } = socket;
    const userId = users.get(request)!;
    let queued = 0;
    let answering = 0;
    // What is emitted waits here until it is handed to the network, and then there.
    conn.on('drain', () => (queued = 0));

    const caller = async (workspaceId: string | null): Promise<Caller> => {
      const { 'parley-workspace': _given, ...headers } = request.headers;
      const found = await resolveCaller({
        headers: workspaceId === null ? headers : { ...headers, 'parley-workspace': workspaceId },
      });
      if (!found) throw new AppError('unauthenticated', 'Sign in to use this.');
      return found;
    };
    const answer = async (body: z.ZodType, given: unknown, handler: (body: never) => Promise<object | void>) => {
      try {
        if (answering >= answersAtOnce)
          throw new AppError('rate_limited', 'Wait for the answers before asking on.', { retryAfter: 1 });
        answering += 1;
        const read = body.safeParse(given);
        if (!read.success) throw new AppError('invalid_request', z.prettifyError(read.error));
        await count(readLimit(limits), userId);
        return { ok: true, ...(await handler(read.data as never)) };
      } catch (error) {
        const known = toAppError(error);
        if (known.code === 'internal') log.error({ err: known.cause ?? known }, 'message of a socket failed');
        return { ok: false, problem: problemOf(known, newId()) };
      } finally {
        answering -= 1;
      }
    };

    const live: LiveSocket = {
      caller,
      answer: (name, body, handler) =>
        void socket.on(name, (given: unknown, acknowledge: unknown) => {
          void answer(body, given, handler as (body: never) => Promise<object | void>).then((result) => {
            if (typeof acknowledge === 'function') (acknowledge as (result: object) => void)(result);
          });
        }),
      emit(name, body, bytes) {
        queued += bytes;
        socket.emit(name, body);
      },
      waiting: () => queued + request.socket.writableLength,
      // A polite end would wait until what was said is taken.
      drop: () => void request.socket.destroy(),
      onClose: (listener) => void socket.on('disconnect', listener),
    };
    const own = people.get(userId) ?? new Set();
    people.set(userId, own.add(live));
    live.onClose(() => {
      own.delete(live);
      if (own.size === 0) people.delete(userId);
    });
    for (const serve of options.sockets) serve(live);
  });

  // Whose session ended is shown out; who is still signed in comes back by themselves.
  options.broadcast.subscribe<{ userId?: string }>('identity.sessions', ({ userId }) => {
    for (const socket of people.get(userId ?? '') ?? []) socket.drop();
  });
  return {
    close() {
      // What was said last still leaves; who does not take it is not waited for.
      for (const { request } of io.sockets.sockets.values()) {
        request.socket.destroySoon();
        setTimeout(() => request.socket.destroy(), lastWordsMs).unref();
      }
    },
  };
};
