import { expect, inject, it } from 'vitest';
import { openDatabase } from '../../platform/database/connect.ts';
import { secret } from '../../platform/secret.ts';
import { testApp } from '../../testing/app.ts';
import { chatWith, readRun, textOf } from '../../testing/builders.ts';
import { copyTemplate } from '../../testing/database.ts';
import { fakeText } from '../../testing/fake-model.ts';
import { createTcpProxy } from '../../testing/tcp-proxy.ts';

const template = inject('template');
if (template.url === null)
  process.stderr.write(
    'skipped: answers while the database is away (the embedded one cannot; set TEST_DATABASE_URL)\n',
  );

it.skipIf(template.url === null)(
  'an answer outlives the database being away, and sends are refused quickly meanwhile',
  async () => {
    const copy = await copyTemplate(template);
    const proxy = await createTcpProxy(new URL(copy.url!));
    const through = new URL(copy.url!);
    through.hostname = '127.0.0.1';
    through.port = String(proxy.port);
    const database = await openDatabase({ url: secret(through.href), poolSize: 4, dataDir: '', describe: '' });
    {
      await using app = await testApp({ RUN_FLUSH_MS: '10' }, { database });
      const { client, conversation } = await chatWith(app, 'alice', 'words-400-pace-10');
      const other = await client.conversations.create({ botId: conversation.bot!.id });
      const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
      const reading = readRun(client, run.id);
      await app.fake.reached(40);

      proxy.cut();
      // The writer notices with its next flush; from then on a send is not taken.
      await expect.poll(() => app.fake.calls[0]!.wordsSent).toBeGreaterThan(60);
      const began = performance.now();
      const refused = await app.visitor('alice').fetch(`${app.url}/v1/conversations/${other.id}/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'while-away' },
        body: JSON.stringify({ text: 'Is anybody there?' }),
      });
      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await refused.json()).toMatchObject({ code: 'unavailable' });
      expect(performance.now() - began).toBeLessThan(2_000);

      await proxy.open();
      const events = await reading;
      expect(textOf(events)).toBe(fakeText(400));
      expect(events.map((event) => event.seq)).toEqual(events.map((_event, index) => index + 1));
      expect(events.at(-1)).toMatchObject({ data: { status: 'completed' } });
      expect((await client.conversations.messages(other.id)).messages).toEqual([]);
      const sent = await client.conversations.send(
        other.id,
        { text: 'Is anybody there?' },
        { idempotencyKey: 'while-away' },
      );
      expect(textOf(await readRun(client, sent.run.id))).toBe(fakeText(400));
    }
    proxy.cut();
    await copy.database.close();
  },
);
