import type { Bot, Client, Conversation, RunEvent } from '@parley/sdk';
import type { TestApp } from './app.ts';

export interface Chat {
  client: Client;
  bot: Bot;
  conversation: Conversation;
}

/** A conversation with a bot whose model is the fake one under this name; the name says how it behaves. */
export const chatWith = async (
  app: TestApp,
  person: string,
  model: string,
  kind: 'openai-compatible' | 'anthropic' = 'openai-compatible',
): Promise<Chat> => {
  const client = app.as(person);
  const provider = await app.fakeProvider(client, kind);
  const bot = await client.bots.create({
    name: `Bot on ${model}`,
    type: 'writer',
    instructions: 'Count.',
    model: { providerId: provider.id, name: model },
  });
  return { client, bot, conversation: await client.conversations.create({ botId: bot.id }) };
};

/** Every event of a run after a number, until it ends. */
export const readRun = async (client: Client, runId: string, after = 0): Promise<RunEvent[]> => {
  const events: RunEvent[] = [];
  for await (const event of client.runs.stream(runId, { after })) events.push(event);
  return events;
};

/** The text that the events say. */
export const textOf = (events: readonly RunEvent[]): string =>
  events.map((event) => (event.type === 'text-delta' ? event.data.text : '')).join('');
