import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '@parley/sdk';
import { createVisitor } from '../../testing/app.ts';
import { createFakeModel, fakeText, type FakeModel } from '../../testing/fake-model.ts';
import { onServer, urlOf } from '../../testing/database.ts';
import { freePort, launchServer, startServer, type ServerProcess } from '../../testing/server-process.ts';
import { sha256Hex } from '../../platform/ids.ts';

interface Asked {
  conversationId: string;
  runId: string;
  /** What a viewer had on the screen when the server was killed. */
  seen: string;
}

const points = 20;
const wordsPerPoint = 5;

describe('kill -9', () => {
  const template = inject('template');
  const name = `parley_crash_${randomBytes(4).toString('hex')}`;
  let folder: string;
  let settings: Record<string, string>;
  let fake: FakeModel;
  let server: ServerProcess;
  let client: Client;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'parley-crash-'));
    fake = await createFakeModel();
    if (template.url) await onServer(template.url, `create database ${name} template ${template.name!}`);
    settings = {
      PORT: String(await freePort()),
      DATA_DIR: folder,
      MASTER_KEY: randomBytes(32).toString('base64'),
      EGRESS_ALLOW: '127.0.0.0/8',
      RUN_FLUSH_MS: '10',
      ...(template.url ? { DATABASE_URL: urlOf(template.url, name) } : {}),
    };
    server = await startServer(settings);
    client = createVisitor(server.url, server.url, async () => {}).client;
    await client.auth.signUp({ name: 'Ada', email: 'ada@example.org', password: 'correct horse battery' });
  }, 90_000);

  afterAll(async () => {
    await server.kill();
    await fake.close();
    if (template.url) await onServer(template.url, `drop database if exists ${name} with (force)`);
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = async (providerId: string, model: string): Promise<{ conversationId: string; runId: string }> => {
    const bot = await client.bots.create({ name: model, type: 'code', model: { providerId, name: model } });
    const { id } = await client.conversations.create({ botId: bot.id });
    const { run } = await client.conversations.send(id, { text: `Question for ${model}` });
    return { conversationId: id, runId: run.id };
  };

  /** Follows a run until it has shown so many words or the connection breaks. */
  const watch = async (runId: string, words: number): Promise<string> => {
    let text = '';
    const enough = fakeText(words);
    for await (const event of client.runs.stream(runId)) {
      if (event.type === 'text-delta') text += event.data.text;
      if (text.length >= enough.length || event.type === 'run-end') break;
    }
    return text;
  };

  const expectKept = async (asked: Asked): Promise<void> => {
    const { messages } = await client.conversations.messages(asked.conversationId);
    expect(messages).toHaveLength(2);
    expect(messages[0]?.parts).toEqual([{ type: 'text', text: expect.stringContaining('Question for') }]);
    const { run, parts } = messages[1]!;
    expect(run).toMatchObject({ id: asked.runId, status: 'interrupted', error: { retryable: true } });
    const kept = parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
    expect(kept.startsWith(asked.seen)).toBe(true);
    expect(fakeText(points * wordsPerPoint).startsWith(kept)).toBe(true);
    expect(run?.textSha256).toBe(sha256Hex(kept));
    const events = [];
    for await (const event of client.runs.stream(asked.runId)) events.push(event);
    expect(events.map((event) => event.seq)).toEqual(events.map((_event, index) => index + 1));
    expect(events.map((event) => (event.type === 'text-delta' ? event.data.text : '')).join('')).toBe(kept);
  };

  // A lease runs out after 15 s where another process might hold it; alone, the restart itself is proof.
  const recovery = { timeout: template.url ? 25_000 : 4_000, interval: 250 };

  it(`at ${points} points of an answer loses nothing that was seen, and leaves no run open`, async () => {
    const provider = await client.providers.create({
      kind: 'openai-compatible',
      name: 'Fake',
      baseUrl: `${fake.url}/v1`,
    });
    const asked: Asked[] = [];
    for (let point = 0; point < points; point += 1) {
      const { conversationId, runId } = await ask(
        provider.id,
        `words-${points * wordsPerPoint}-hold-after-${point * wordsPerPoint}`,
      );
      asked.push({ conversationId, runId, seen: await watch(runId, point * wordsPerPoint) });
    }
    expect(asked.map(({ seen }) => seen)).toEqual(asked.map((_one, point) => fakeText(point * wordsPerPoint)));

    await server.kill();
    // These restarts are killed on their way, perhaps while they look after what the crash left.
    for (const ms of [400, 1_200, 2_000]) {
      const doomed = launchServer(settings);
      await new Promise((resolve) => setTimeout(resolve, ms));
      await doomed.kill();
    }
    server = await startServer(settings);

    await expect
      .poll(async () => Promise.all(asked.map(async ({ runId }) => (await client.runs.get(runId)).status)), recovery)
      .toEqual(asked.map(() => 'interrupted'));
    for (const one of asked) await expectKept(one);

    fake.reset();
    const [first] = asked;
    const { messages } = await client.conversations.messages(first!.conversationId);
    const again = await client.conversations.regenerate(first!.conversationId, messages[0]!.id);
    await expect.poll(async () => fake.calls.length).toBeGreaterThan(0);
    fake.release();
    await expect.poll(async () => (await client.runs.get(again.run.id)).status, { timeout: 10_000 }).toBe('completed');
  }, 120_000);
});
