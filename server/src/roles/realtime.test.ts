import { io } from 'socket.io-client';
import { describe, expect, inject, it } from 'vitest';
import { fakeText } from '../testing/fake-model.ts';
import { startNodes, type Node } from '../testing/nodes.ts';

const missing = inject('template').url ? null : 'several nodes need TEST_DATABASE_URL';

describe.skipIf(missing !== null)(
  `a node with the role realtime only${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    it('serves sockets of runs that others answer, and nothing else', async () => {
      await using all = await startNodes(2, { redis: false, roles: ['api,worker', 'realtime'] });
      const [api, realtime] = all.nodes as [Node, Node];
      const alice = await all.person('alice');
      const bot = await all.bot(alice.on(api), 'words-12-hold-after-5');
      const conversation = await alice.on(api).conversations.create({ botId: bot.id });
      const { run } = await alice.on(api).conversations.send(conversation.id, { text: 'Go' });
      await all.fake.reached(5);
      const socket = io(realtime.url, {
        path: '/v1/realtime',
        transports: ['websocket'],
        extraHeaders: {
          cookie: [...alice.visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
          origin: 'http://parley.test',
        },
      });
      let text = '';
      const ended = new Promise((resolve) => {
        socket.on('run.event', ({ type, data }: { type: string; data: { text?: string } }) => {
          if (type === 'text-delta') text += data.text;
          if (type === 'run-end') resolve(data);
        });
      });
      expect(await socket.emitWithAck('run.subscribe', { runId: run.id })).toEqual({ ok: true });
      await expect.poll(() => text).toBe(fakeText(5));
      all.fake.release();
      expect(await ended).toMatchObject({ status: 'completed' });
      expect(text).toBe(fakeText(12));
      expect((await fetch(`${realtime.url}/readyz`)).status).toBe(200);
      expect((await alice.visitor.fetch(`${realtime.url}/v1/me`)).status).toBe(404);
      const refused = await fetch(`${api.url}/v1/realtime/?EIO=4&transport=websocket`);
      expect(refused.status).toBe(404);
      const gone = new Promise((resolve) => socket.on('disconnect', resolve));
      expect(await realtime.process.stop()).toBe(0);
      expect(await gone).toBe('transport close');
      socket.close();
    }, 60_000);
  },
);
