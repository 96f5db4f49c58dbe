import { Agent, get, type IncomingMessage } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import { expect, it } from 'vitest';
import { createApi } from '../../roles/api.ts';
import { serveRealtime } from '../../roles/realtime.ts';
import { testApp, type TestApp } from '../../testing/app.ts';
import { chatWith, readRun, textOf } from '../../testing/builders.ts';
import { fakeText } from '../../testing/fake-model.ts';

const words = 150_000;

/** The same installation on a Unix socket, of which the system itself buffers little. */
const listenOnFile = async (app: TestApp) => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-socket-'));
  const file = join(folder, 'http');
  const api = await createApi(app.parley);
  const realtime = serveRealtime(app.parley, api);
  await api.listen({ path: file });
  const cookie = [...app.visitor('alice').cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  return {
    /** Opens the events of a run and reads nothing of them. */
    stream: (runId: string): Promise<IncomingMessage> =>
      new Promise((resolve, reject) =>
        get({ socketPath: file, path: `/v1/runs/${runId}/events`, headers: { cookie }, agent: false }, (response) => {
          response.on('error', () => {});
          response.socket.pause();
          resolve(response);
        }).on('error', reject),
      ),
    /** Subscribes to a run over WebSocket and reads nothing of it. */
    async socket(runId: string) {
      const agent = new Agent();
      agent.createConnection = () => connect(file);
      const socket = io('http://localhost', {
        path: '/v1/realtime',
        transports: ['websocket'],
        reconnection: false,
        forceNew: true,
        agent: agent as never,
        extraHeaders: { cookie, origin: app.parley.config.publicUrl },
      });
      expect(await socket.timeout(10_000).emitWithAck('run.subscribe', { runId })).toEqual({ ok: true });
      (socket.io.engine.transport as unknown as { ws: { pause(): void } }).ws.pause();
      return socket;
    },
    async [Symbol.asyncDispose]() {
      realtime.close();
      api.server.closeAllConnections();
      await api.close();
      rmSync(folder, { recursive: true });
    },
  };
};

const viewers = async (app: TestApp): Promise<{ open: number; dropped: number }> => ({
  open: (await app.parley.telemetry.viewers.get()).values[0]!.value,
  dropped: (await app.parley.telemetry.viewersDropped.get()).values[0]!.value,
});

it('readers that do not read are dropped, whatever they came by, and those beside them get everything', async () => {
  await using app = await testApp({ RUN_FLUSH_MS: '20' });
  const { client, conversation } = await chatWith(app, 'alice', `words-${words}-hold-after-1`);
  const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
  await using file = await listenOnFile(app);
  const readers = Array.from({ length: 6 }, () => readRun(client, run.id));
  for (let count = 0; count < 20; count += 1) await file.stream(run.id);
  const sockets = [await file.socket(run.id), await file.socket(run.id)];
  await expect.poll(() => viewers(app)).toEqual({ open: 28, dropped: 0 });
  app.fake.release();
  const whole = fakeText(words);
  for (const events of await Promise.all(readers)) expect(textOf(events) === whole).toBe(true);
  await expect.poll(() => viewers(app)).toEqual({ open: 0, dropped: 22 });
  // Whoever comes too late for the live words gets them as fast as they take them.
  expect(textOf(await readRun(client, run.id)) === whole).toBe(true);
  for (const socket of sockets) socket.close();
}, 60_000);
