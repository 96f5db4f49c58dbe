import type { Bot, Conversation, Message, Model, Run, RunEventType, SentTurn } from '@parley/sdk';
import { personalId } from '../../../testing/fixtures.ts';

const createdAt = '2026-11-20T09:00:00.000Z';
export const demoProviderId = '00000000-0000-7000-8000-000000000003';

export const botOf = (changes: Partial<Bot> = {}): Bot => ({
  id: 'b1',
  workspaceId: personalId,
  name: 'Ada’s helper',
  description: 'Knows everything about engines.',
  avatar: '🦉',
  type: 'code',
  instructions: 'Be kind.',
  model: null,
  fallbacks: [],
  temperature: 0.2,
  maxTokens: null,
  visibility: 'private',
  createdBy: '01930000-0000-7000-8000-0000000000aa',
  canEdit: true,
  createdAt,
  updatedAt: createdAt,
  ...changes,
});

export const modelOf = (changes: Partial<Model> = {}): Model => ({
  providerId: demoProviderId,
  providerName: 'Demo',
  kind: 'demo',
  name: 'demo',
  isDefault: true,
  ...changes,
});

export const conversationOf = (changes: Partial<Conversation> = {}): Conversation => ({
  id: 'c1',
  title: 'Engines',
  bot: { id: 'b1', name: 'Ada’s helper', avatar: '🦉' },
  headMessageId: null,
  createdAt,
  updatedAt: createdAt,
  ...changes,
});

export const runOf = (changes: Partial<Run> = {}): Run => ({
  id: 'r1',
  conversationId: 'c1',
  messageId: 'a1',
  status: 'completed',
  stopReason: 'stop',
  error: null,
  model: { provider: 'Demo', name: 'demo' },
  usage: { inputTokens: 10, outputTokens: 1234, cacheReadTokens: 0, cacheWriteTokens: 0 },
  attempts: [],
  costNanos: null,
  textSha256: null,
  createdAt,
  startedAt: createdAt,
  endedAt: createdAt,
  ...changes,
});

let second = 0;
const textParts = (text: string): Message['parts'] => (text === '' ? [] : [{ type: 'text', text }]);
const messageOf = (changes: Partial<Message>): Message => ({
  id: 'm',
  conversationId: 'c1',
  parentId: null,
  role: 'user',
  parts: [],
  run: null,
  createdAt: new Date(Date.UTC(2026, 10, 20, 9) + (second += 1) * 1000).toISOString(),
  ...changes,
});

export const question = (id: string, text: string, parentId: string | null = null): Message =>
  messageOf({ id, parentId, parts: textParts(text) });

export const answer = (id: string, parentId: string, text: string, run: Partial<Run> = {}): Message =>
  messageOf({
    id,
    parentId,
    role: 'assistant',
    parts: textParts(text),
    run: runOf({ id: `r-${id}`, messageId: id, ...run }),
  });

export const turnOf = (id: string, text: string, parentId: string | null, conversationId = 'c1'): SentTurn => {
  const message = { ...question(`q-${id}`, text, parentId), conversationId };
  const run = runOf({ id: `r-${id}`, messageId: id, conversationId, status: 'running', usage: null, endedAt: null });
  return { message, answer: { ...answer(id, message.id, ''), conversationId, run }, run };
};

const hex = async (text: string): Promise<string> =>
  Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');

/** A run's log that a test writes while the app reads it, over the real wire format. */
export const createRunLog = (messageId: string) => {
  const frames: string[] = [];
  const readers = new Set<ReadableStreamDefaultController<Uint8Array>>();
  let text = '';
  const push = (type: RunEventType, body: object): void => {
    if (type === 'text-delta') text += (body as { text: string }).text;
    const frame = `id: ${frames.length + 1}\nevent: ${type}\ndata: ${JSON.stringify({ v: 1, ...body })}\n\n`;
    frames.push(frame);
    for (const reader of readers) reader.enqueue(new TextEncoder().encode(frame));
  };
  return {
    start: () => push('run-start', { messageId, model: null }),
    text: (delta: string) => push('text-delta', { text: delta }),
    push,
    end: async (status = 'completed', hash?: string) => {
      const textSha256 = hash ?? (await hex(text));
      push('run-end', {
        status,
        stopReason: 'stop',
        usage: null,
        costNanos: null,
        finalSeq: frames.length + 1,
        textSha256,
      });
    },
    /** Cuts the connections; the log stays. */
    cut: () => {
      for (const reader of readers) reader.close();
      readers.clear();
    },
    route: ({ query }: { query: URLSearchParams }): Response => {
      const after = Number(query.get('after') ?? 0);
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (const frame of frames.slice(after)) controller.enqueue(new TextEncoder().encode(frame));
          readers.add(controller);
        },
      });
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    },
  };
};
