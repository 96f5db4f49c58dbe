import type { ServerResponse } from 'node:http';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { assemble, createClient, ParleyError, verifyTranscript } from './index.ts';
import type { RunEvent, StreamOptions, StreamState } from './index.ts';
import { problemOf, sendJson, startPeer } from './testing/peer.ts';
import type { Peer, SeenRequest } from './testing/peer.ts';
import { runLogOf, wireOf } from './testing/run-log.ts';

afterEach(() => vi.unstubAllGlobals());

const afterOf = (request: SeenRequest) => Number(new URL(request.url, 'http://peer').searchParams.get('after'));

function openStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('retry: 1\n\n');
}

async function collect(peer: Peer, options: StreamOptions = {}): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  const client = createClient({ baseUrl: peer.baseUrl, workspace: 'workspace-1' });
  for await (const event of client.runs.stream('run-1', options)) events.push(event);
  return events;
}

const log = runLogOf(['Grüße', ' 👋🏽', '\r\n', 'é', ' and more']);
const wire = (from: number, to = log.length) =>
  log
    .slice(from, to)
    .map((event) => wireOf(event))
    .join('');

test('reads a log from every number, whatever is cut wherever', async () => {
  let sizes: number[] = [];
  let lineEnd = '\n';
  await using peer = await startPeer((request, response) => {
    openStream(response);
    const events = log.slice(afterOf(request)).map((event) => `: beat${lineEnd}${wireOf(event, lineEnd)}`);
    const bytes = Buffer.from(events.join(''));
    const cut = sizes.shift();
    if (cut === undefined || cut >= bytes.length) return void response.end(bytes);
    const middle = cut >> 1;
    response.write(bytes.subarray(0, middle));
    setImmediate(() => response.write(bytes.subarray(middle, cut), () => response.destroy()));
  });
  await fc.assert(
    fc.asyncProperty(
      fc.nat(log.length - 1),
      fc.array(fc.nat(700), { maxLength: 6 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      async (after, cuts, end) => {
        sizes = [...cuts];
        lineEnd = end;
        expect(await collect(peer, { after })).toEqual(log.slice(after));
      },
    ),
    { numRuns: 60, examples: log.map((_, after) => [after, [0, 45, 90, 181], '\r\n']) },
  );
  expect(await verifyTranscript(assemble(await collect(peer)))).toBe(true);
}, 60_000);

test('asks for what comes after the last event, as itself', async () => {
  await using peer = await startPeer((request, response, attempt) => {
    openStream(response);
    if (attempt === 0) response.write(wire(0, 2), () => response.destroy());
    else response.end(wire(afterOf(request)));
  });
  const states: StreamState[] = [];
  expect(await collect(peer, { onState: (state) => states.push(state) })).toEqual(log);
  expect(states).toEqual(['connected', 'reconnecting', 'connected']);
  expect(peer.requests.map(({ url }) => url)).toEqual([0, 2].map((after) => `/v1/runs/run-1/events?after=${after}`));
  expect(peer.requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '2']);
  expect(peer.requests[1]?.headers).toMatchObject({ accept: 'text/event-stream', 'parley-workspace': 'workspace-1' });
});

test('drops duplicates and unnumbered events', async () => {
  await using peer = await startPeer((_, response) => {
    openStream(response);
    response.end(wire(0, 3) + wire(1, 4) + 'event: hello\ndata: {}\n\n' + wire(0));
  });
  expect(await collect(peer)).toEqual(log);
  expect(peer.requests).toHaveLength(1);
});

test.each([
  ['a gap', wire(0, 2) + wire(3)],
  ['a number that is none', wire(0, 2) + 'id: x3\nevent: text-delta\ndata: {}\n\n' + wire(2)],
  ['data that is not JSON', wire(0, 2) + 'id: 3\nevent: text-delta\ndata: {"v":1,\n\n' + wire(3)],
])('reconnects from the last good event after %s', async (_, damaged) => {
  await using peer = await startPeer((request, response, attempt) => {
    openStream(response);
    response.end(attempt === 0 ? damaged : wire(afterOf(request)));
  });
  expect(await collect(peer)).toEqual(log);
  expect(peer.requests.map(afterOf)).toEqual([0, 2]);
});

test('reconnects when not even a heartbeat comes, and waits as long as one does', async () => {
  await using peer = await startPeer(async (request, response, attempt) => {
    if (attempt === 0) return;
    openStream(response);
    if (attempt === 1) return void response.write(wire(0, 2));
    for (let beat = 0; beat < 12; beat += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      response.write(': beat\n\n');
    }
    response.end(wire(afterOf(request)));
  });
  expect(await collect(peer, { idleMs: 300 })).toEqual(log);
  expect(peer.requests.map(afterOf)).toEqual([0, 0, 2]);
});

test('does not hold a slow reader against the connection', async () => {
  await using peer = await startPeer((_, response) => {
    openStream(response);
    response.end(wire(0));
  });
  const events: RunEvent[] = [];
  for await (const event of createClient({ baseUrl: peer.baseUrl }).runs.stream('run-1', { idleMs: 30 })) {
    events.push(event);
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  expect(events).toEqual(log);
  expect(peer.requests).toHaveLength(1);
});

test('throws the reason of an abort: before, while connected and while waiting to reconnect', async () => {
  const closed: string[] = [];
  await using peer = await startPeer((request, response) => {
    response.on('close', () => closed.push(request.url));
    if (afterOf(request) === 3) return void response.destroy();
    openStream(response);
    response.write(wire(0, 2));
  });
  const stop = new Error('left');
  await expect(collect(peer, { signal: AbortSignal.abort(stop) })).rejects.toBe(stop);
  expect(peer.requests).toHaveLength(0);
  for (const after of [0, 3]) {
    const controller = new AbortController();
    setTimeout(() => controller.abort(stop), 100);
    await expect(collect(peer, { after, signal: controller.signal })).rejects.toBe(stop);
  }
  await expect.poll(() => closed).toContain('/v1/runs/run-1/events?after=0');
});

test('closes the connection when the reader leaves the loop', async () => {
  let isClosed = false;
  await using peer = await startPeer((_, response) => {
    response.on('close', () => (isClosed = true));
    openStream(response);
    response.write(wire(0, 2));
  });
  for await (const event of createClient({ baseUrl: peer.baseUrl }).runs.stream('run-1')) {
    expect(event).toEqual(log[0]);
    break;
  }
  await expect.poll(() => isClosed).toBe(true);
});

test.each([
  [409, 'resync'],
  [404, 'not_found'],
  [401, 'unauthenticated'],
])('gives up on status %i with the code %s', async (status, code) => {
  const problem = problemOf(status, code, { message: { id: 'message-1' } });
  await using peer = await startPeer((_, response, attempt) => {
    if (attempt > 0) return sendJson(response, status, problem);
    openStream(response);
    response.write(wire(0, 1), () => response.destroy());
  });
  const error = await collect(peer).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ParleyError);
  expect(error).toMatchObject({ code, status, problem });
  expect(peer.requests).toHaveLength(2);
});

test('goes on after an unavailable server and a rate limit', async () => {
  await using peer = await startPeer((request, response, attempt) => {
    if (attempt === 1) return sendJson(response, 503, problemOf(503, 'unavailable'));
    if (attempt === 2) return sendJson(response, 429, problemOf(429, 'rate_limited', { retryAfter: 0 }));
    openStream(response);
    if (attempt === 0) response.write(wire(0, 1), () => response.destroy());
    else response.end(wire(afterOf(request)));
  });
  expect(await collect(peer)).toEqual(log);
  expect(peer.requests).toHaveLength(4);
});

test('refuses a page that is not an event stream', async () => {
  await using peer = await startPeer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
  });
  await expect(collect(peer)).rejects.toMatchObject({ code: 'invalid_response', status: 200 });
});

test('ends when the run has ended and nothing is left to read', async () => {
  await using peer = await startPeer((request, response) => {
    if (!request.url.includes('/events')) return sendJson(response, 200, { id: 'run-1', status: 'completed' });
    openStream(response);
    response.end();
  });
  expect(await collect(peer, { after: log.length })).toEqual([]);
});

test('polls the log without keeping a connection, and is never without events for long', async () => {
  const states: StreamState[] = [];
  await using peer = await startPeer((request, response, attempt) => {
    if (!request.url.includes('/events')) return sendJson(response, 200, { id: 'run-1', status: 'running' });
    openStream(response);
    if (attempt === 2) return void response.destroy();
    response.end(wire(afterOf(request), Math.max(afterOf(request), attempt - 1)));
  });
  expect(await collect(peer, { pollMs: 5, onState: (state) => states.push(state) })).toEqual(log);
  const reads = peer.requests.filter(({ url }) => url.includes('/events'));
  expect(reads.map(({ url }) => url)).toContain('/v1/runs/run-1/events?after=2&live=false');
  expect(reads.every(({ url }) => url.endsWith('live=false'))).toBe(true);
  expect(states.filter((state) => state === 'reconnecting')).toHaveLength(1);
});

test('ends a poll of a run that had ended and has nothing left', async () => {
  await using peer = await startPeer((request, response) => {
    if (!request.url.includes('/events')) return sendJson(response, 200, { id: 'run-1', status: 'stopped' });
    openStream(response);
    response.end();
  });
  expect(await collect(peer, { after: log.length, pollMs: 5 })).toEqual([]);
});

/** A browser of which only what the stream listens to is there. */
const stubBrowser = () => {
  const page = Object.assign(new EventTarget(), { visibilityState: 'hidden' });
  const window = new EventTarget();
  vi.stubGlobal('document', page);
  vi.stubGlobal('addEventListener', window.addEventListener.bind(window));
  vi.stubGlobal('removeEventListener', window.removeEventListener.bind(window));
  return {
    comeOnline: () => window.dispatchEvent(new Event('online')),
    show: () => {
      page.visibilityState = 'visible';
      page.dispatchEvent(new Event('visibilitychange'));
    },
  };
};

test('tries at once when the browser is back online or its page is looked at', async () => {
  const browser = stubBrowser();
  const refusal = problemOf(503, 'unavailable');
  await using peer = await startPeer((request, response, attempt) => {
    if (attempt < 2) return sendJson(response, 503, refusal, { 'retry-after': '600' });
    openStream(response);
    response.end(wire(afterOf(request)));
  });
  const events = collect(peer);
  for (const [requests, wake] of [
    [1, browser.comeOnline],
    [2, browser.show],
  ] as const) {
    await expect.poll(() => peer.requests.length).toBe(requests);
    // The answer has to have arrived for the wait to have begun.
    await new Promise((resolve) => setTimeout(resolve, 100));
    wake();
  }
  expect(await events).toEqual(log);
});

test('leaves a connection of before the outage, which may be dead', async () => {
  const browser = stubBrowser();
  await using peer = await startPeer((request, response, attempt) => {
    openStream(response);
    if (attempt === 0) response.write(`retry: 600000\n\n${wire(0, 2)}`);
    else response.end(wire(afterOf(request)));
  });
  const events: RunEvent[] = [];
  for await (const event of createClient({ baseUrl: peer.baseUrl }).runs.stream('run-1')) {
    events.push(event);
    if (events.length === 2) setTimeout(browser.comeOnline, 20);
  }
  expect(events).toEqual(log);
  expect(peer.requests.map(afterOf)).toEqual([0, 2]);
});
