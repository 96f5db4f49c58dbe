import { z } from 'zod';
import type { LiveSocket, Sockets } from '../../platform/http/sockets.ts';
import { AppError } from '../../platform/errors.ts';
import type { Frame } from './log-writer.ts';
import { frameJson } from './run-event.ts';
import type { RunReader } from './run-reader.ts';
import type { RunService } from './service.ts';

const SubscribeSchema = z.strictObject({
  runId: z.uuid(),
  after: z.int().min(0).max(999_999_999).default(0),
  workspaceId: z.uuid().nullable().default(null),
});
const UnsubscribeSchema = z.strictObject({ runId: z.uuid() });

const waitingLimit = 256 * 1024;
const readyBelow = 64 * 1024;
const readyLookMs = 20;
const stuckMs = 30_000;
const runsAtOnce = 100;

/** The data of an event, read once for all sockets. */
const read = new WeakMap<Frame, unknown>();
const dataOf = (frame: Frame): unknown => {
  let data = read.get(frame);
  if (data === undefined) read.set(frame, (data = JSON.parse(frameJson(frame.text))));
  return data;
};

/** A reader of one run over a socket: `run.event` for each event, `run.closed` when it has to subscribe again. */
const socketReader = (socket: LiveSocket, runId: string, onEnd: () => void): RunReader & { end(): void } => {
  const closed: (() => void)[] = [];
  let open = true;
  const end = (): void => {
    if (!open) return;
    open = false;
    onEnd();
    for (const listener of closed) listener();
  };
  return {
    end,
    send({ frames }) {
      if (!open) return false;
      for (const frame of frames)
        socket.emit('run.event', { runId, seq: frame.seq, type: frame.type, data: dataOf(frame) }, frame.text.length);
      if (socket.waiting() <= waitingLimit) return true;
      socket.drop();
      return false;
    },
    async ready() {
      // A socket says nothing when it has room again, so it is asked.
      for (const since = performance.now(); open && socket.waiting() >= readyBelow;) {
        if (performance.now() - since > stuckMs) socket.drop();
        await new Promise((resolve) => setTimeout(resolve, readyLookMs).unref());
      }
      return open;
    },
    close() {
      if (!open) return;
      socket.emit('run.closed', { runId }, 64);
      end();
    },
    onClose: (listener) => void closed.push(listener),
  };
};

/** Runs over WebSocket: the events that server-sent events carry, as objects. */
export const runSockets =
  (runs: Pick<RunService, 'openEvents' | 'watch'>): Sockets =>
  (socket) => {
    const readers = new Map<string, { end(): void }>();
    socket.onClose(() => {
      for (const reader of [...readers.values()]) reader.end();
    });
    socket.answer('run.subscribe', SubscribeSchema, async ({ runId, after, workspaceId }) => {
      const caller = await socket.caller(workspaceId);
      const { conversationId } = await runs.openEvents(caller, runId, after);
      readers.get(runId)?.end();
      if (readers.size >= runsAtOnce)
        throw new AppError('conflict', `A connection follows at most ${runsAtOnce} runs. Unsubscribe from some.`);
      const reader = socketReader(socket, runId, () => readers.delete(runId));
      readers.set(runId, reader);
      runs.watch(caller, reader, { runId, conversationId, after });
    });
    socket.answer('run.unsubscribe', UnsubscribeSchema, async ({ runId }) => readers.get(runId)?.end());
  };
