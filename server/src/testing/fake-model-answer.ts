import type { ServerResponse } from 'node:http';
import { fakeFrames, type FakeEnd, type FakeProtocol } from './fake-model-frames.ts';
import type { FakeScript } from './fake-model-script.ts';

/** One request as the fake model saw it. */
export interface FakeCall {
  id: number;
  protocol: FakeProtocol;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
  model: string;
  status: number;
  wordsSent: number;
  /** The client went away before the answer was over. */
  closedEarly: boolean;
  /** The answer was sent to its end, faults included. */
  finished: boolean;
}

export interface AnswerHooks {
  /** More words are on their way to the client. */
  sent(call: FakeCall): void;
  /** Calls `go` when the barrier is opened. */
  hold(go: () => void): void;
}

/** Streams the answer of one call as its script says. */
export const streamAnswer = (
  call: FakeCall,
  script: FakeScript,
  input: number,
  limit: number,
  response: ServerResponse,
  hooks: AnswerHooks,
): void => {
  const frames = fakeFrames[call.protocol];
  const words = Math.min(script.words, limit);
  const end: FakeEnd = words < script.words ? 'length' : 'stop';
  const faultAt = script.fault && script.fault.after <= words ? script.fault.after : Infinity;
  const last = Math.min(words, faultAt);
  const usage = { input, output: words, cached: script.cached };
  const holds = script.holds.filter((at) => at <= last);
  let thoughts = 0;
  let timer: NodeJS.Timeout | null = null;

  response.on('close', () => {
    if (timer) clearInterval(timer);
  });
  const encode = (part: string | Buffer): Buffer => {
    if (!script.crlf) return typeof part === 'string' ? Buffer.from(part) : part;
    return Buffer.from(part.toString().replaceAll('\n', '\r\n'));
  };
  let queue: Promise<void> | null = null;
  const write = (part: string | Buffer): void => {
    const bytes = encode(part);
    if (script.split === 0) {
      response.write(bytes);
      return;
    }
    // Each piece in a turn of its own, so that it travels alone.
    queue = (queue ?? Promise.resolve()).then(async () => {
      for (let at = 0; at < bytes.length; at += script.split) {
        response.write(bytes.subarray(at, at + script.split));
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
  };
  const close = (part: string | Buffer): void => {
    call.finished = true;
    if (script.split === 0) {
      response.end(encode(part));
      return;
    }
    write(part);
    void queue?.then(() => response.end());
  };
  const advance = (count: number): Buffer => {
    const from = call.wordsSent;
    call.wordsSent = from + count;
    return frames.words(from, from + count);
  };

  const finish = (before: Buffer[]): void => {
    const kind = call.wordsSent === faultAt ? script.fault?.kind : undefined;
    const closing = (text: string): void => close(Buffer.concat([...before, Buffer.from(text)]));
    if (kind === undefined) closing(frames.tail(usage, end, script));
    else if (kind === 'error') closing(frames.error());
    else if (kind === 'garbage') closing(frames.garbage);
    else if (kind === 'end') closing('');
    else {
      if (before.length > 0) write(Buffer.concat(before));
      if (kind === 'stall') return;
      call.finished = true;
      // The words before the cut must have left, or the client would be cut earlier than told.
      void (queue ?? Promise.resolve()).then(() => setTimeout(() => response.socket?.destroy(), 5));
    }
    hooks.sent(call);
  };

  const step = (before: Buffer[] = []): void => {
    if (response.destroyed) return;
    const stopAt = holds[0] ?? last;
    if (script.paceMs === 0) {
      before.push(frames.thoughts(thoughts, script.reasoning), advance(stopAt - call.wordsSent));
      thoughts = script.reasoning;
    } else if (before.length > 0) {
      write(Buffer.concat(before));
      before.length = 0;
    }
    if (call.wordsSent < stopAt || thoughts < script.reasoning) return paced(stopAt);
    if (holds.length === 0) return finish(before);
    holds.shift();
    if (before.length > 0) write(Buffer.concat(before));
    // First the waiter is listed, then the news is spread: whoever hears of it can release at once.
    hooks.hold(() => step());
    hooks.sent(call);
  };
  const paced = (stopAt: number): void => {
    const startedAt = performance.now();
    let sent = 0;
    timer = setInterval(() => {
      // A late timer catches up, so that the pace holds under load.
      const due = Math.floor((performance.now() - startedAt) / script.paceMs) - sent;
      for (let i = 0; i < due; i += 1) {
        if (thoughts < script.reasoning) {
          write(frames.thoughts(thoughts, thoughts + 1));
          thoughts += 1;
        } else if (call.wordsSent < stopAt) write(advance(1));
        sent += 1;
      }
      if (script.pings) write(frames.ping);
      hooks.sent(call);
      if (call.wordsSent < stopAt || thoughts < script.reasoning) return;
      clearInterval(timer!);
      step();
    }, script.paceMs);
  };

  const head = [Buffer.from(frames.head(call.model, usage, script.reasoning))];
  if (script.lineBytes > 0) return floodLine(call, response, frames.openDelta, script.lineBytes);
  if (script.firstMs === 0) return step(head);
  write(head.pop()!);
  timer = script.pings ? setInterval(() => write(frames.ping), 5) : null;
  setTimeout(() => {
    if (timer) clearInterval(timer);
    step();
  }, script.firstMs);
};

const floodLine = (call: FakeCall, response: ServerResponse, opening: string, size: number): void => {
  const block = Buffer.alloc(64 * 1024, 'x');
  let left = size;
  response.write(opening);
  const pour = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= block.length;
      if (!response.write(block)) {
        response.once('drain', pour);
        return;
      }
    }
    if (response.destroyed) return;
    call.finished = true;
    response.end('"}}\n\n');
  };
  pour();
};
