import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

/** A server-sent event stream (WHATWG HTML §9.2) to one reader. */
export interface EventStream {
  /** Writes whole frames in one piece. False when the reader fell too far behind and was dropped. */
  write(frames: string): boolean;
  /** Resolves when most of what was written is taken; false when the reader is gone, or takes nothing and was dropped. */
  ready(): Promise<boolean>;
  /** Ends the stream in good order. */
  close(): void;
  onClose(listener: () => void): void;
}

const bufferLimit = 256 * 1024;
const stuckMs = 30_000;
const heartbeatMs = 10_000;
const open = new Set<ServerResponse>();
let heartbeat: NodeJS.Timeout | null = null;

const beat = (): void => {
  for (const response of open) response.write(':\n\n');
};

const track = (response: ServerResponse): void => {
  open.add(response);
  heartbeat ??= setInterval(beat, heartbeatMs).unref();
  response.once('close', () => {
    open.delete(response);
    if (open.size === 0 && heartbeat) {
      clearInterval(heartbeat);
      heartbeat = null;
    }
  });
};

/** Takes the reply over as an event stream: headers, the reader's reconnection delay and the first bytes go out at once. */
export const openEventStream = (reply: FastifyReply): EventStream => {
  reply.hijack();
  const response = reply.raw;
  response.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  response.on('error', () => {});
  response.socket?.setNoDelay(true);
  response.write(`retry: ${1000 + Math.floor(Math.random() * 2000)}\n\n`);
  if (!response.destroyed) track(response);
  return {
    write(frames) {
      if (response.destroyed) return false;
      response.write(frames);
      if (response.writableLength <= bufferLimit) return true;
      response.destroy();
      return false;
    },
    ready: () =>
      new Promise((resolve) => {
        if (response.destroyed || !response.writableNeedDrain) return resolve(!response.destroyed);
        const settle = (): void => {
          clearTimeout(stuck);
          response.off('drain', settle);
          response.off('close', settle);
          resolve(!response.destroyed);
        };
        const stuck = setTimeout(() => void response.destroy(), stuckMs).unref();
        response.on('drain', settle);
        response.on('close', settle);
      }),
    close: () => void response.end(),
    onClose(listener) {
      // Who left before the stream was opened closes nothing any more.
      if (response.destroyed) listener();
      else response.once('close', listener);
    },
  };
};
