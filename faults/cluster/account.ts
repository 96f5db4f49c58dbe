import { createClient, type Client } from '../../sdk/src/index.ts';
import { ask } from '../load/request.ts';

/** One person with a browser that may talk to any node, and bots whose model says how the provider behaves. */
export interface Account {
  /** What the browser sends with every request. */
  headers: Record<string, string>;
  /** The SDK against one node. */
  at(url: string): Client;
  /** A new conversation with a bot of that model, on the common provider or one of its own. */
  converse(model: string, ownProvider?: boolean): Promise<string>;
}

export const publicUrl = 'http://parley.test';

/** Signs up at the node and connects the provider. */
export const createAccount = async (url: string, providerUrl: string): Promise<Account> => {
  const headers: Record<string, string> = { origin: publicUrl };
  // By way of our own requests, each on a connection of its own: a kept one may be one that a fault has broken.
  const browse = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const body = await request.text();
    const answer = await ask(request.url, {
      method: request.method,
      headers: { ...Object.fromEntries(request.headers), ...headers },
      ...(body === '' ? {} : { body: JSON.parse(body) as unknown }),
    });
    const cookies = [answer.headers['set-cookie'] ?? []].flat().map((line) => line.slice(0, line.indexOf(';')));
    if (cookies.length > 0) headers.cookie = cookies.join('; ');
    return new Response(answer.status === 204 ? null : JSON.stringify(answer.body), {
      status: answer.status,
      headers: { 'content-type': String(answer.headers['content-type'] ?? 'application/json') },
    });
  };
  const at = (node: string): Client => createClient({ baseUrl: node, fetch: browse as typeof fetch });
  const client = at(url);
  await client.auth.signUp({ name: 'Ada', email: 'ada@example.org', password: 'correct horse battery staple' });
  const connectProvider = (name: string): Promise<{ id: string }> =>
    client.providers.create({
      kind: 'openai-compatible',
      name,
      apiKey: 'sk-fake-0123456789',
      baseUrl: `${providerUrl}/v1`,
    });
  const common = await connectProvider('Fake');
  const bots = new Map<string, Promise<string>>();
  const botFor = (model: string, ownProvider: boolean): Promise<string> => {
    const name = ownProvider ? `own ${model}` : model;
    let bot = bots.get(name);
    if (!bot) {
      const make = async (): Promise<string> => {
        const { id } = ownProvider ? await connectProvider(name) : common;
        return (await client.bots.create({ name, type: 'writer', model: { providerId: id, name: model } })).id;
      };
      bots.set(name, (bot = make()));
    }
    return bot;
  };
  return {
    headers,
    at,
    converse: async (model, ownProvider = false) =>
      (await client.conversations.create({ botId: await botFor(model, ownProvider) })).id,
  };
};
