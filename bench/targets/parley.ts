import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import { ask, type Chat } from '../load/chat.ts';
import { expectWords } from '../load/answer-reader.ts';
import type { Plan } from '../plan.ts';
import { freePort, type StartProcess } from '../processes.ts';
import { historyLength, historyModel, pastQuestion, question } from './history.ts';
import type { BenchDatabase } from './postgres.ts';
import type { Target } from './target.ts';
import { signUp, type Visitor } from './visitor.ts';

const main = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url));

interface Person {
  visitor: Visitor;
  providerId: string;
  botId: string;
}

interface Place {
  path: string;
  headers: Record<string, string>;
  /** The end of the history: every chat is an answer on a branch of its own after it. */
  headId: string | null;
}

const headersOf = (person: Person): Record<string, string> => ({
  ...person.visitor.headers,
  'content-type': 'application/json',
  accept: 'text/event-stream',
});

const chatAt = (place: Place, text: string): Chat => ({
  path: place.path,
  headers: { ...place.headers, 'idempotency-key': randomUUID() },
  body: JSON.stringify({ text, parentId: place.headId }),
});

const settle = async (url: string, fakeUrl: string, names: readonly string[]): Promise<Person[]> => {
  const people: Person[] = [];
  for (const name of names) {
    const visitor = await signUp(url, name);
    const { client } = visitor;
    // The other ones need no invitation then.
    if (people.length === 0) await client.workspaces.update(visitor.workspaceId, { signUp: 'open' });
    const provider = await client.providers.create({
      kind: 'anthropic',
      name: 'Fake',
      apiKey: 'sk-fake-0123456789',
      baseUrl: fakeUrl,
    });
    const model = { providerId: provider.id, name: historyModel };
    const bot = await client.bots.create({ name: 'Bench', type: 'writer', instructions: 'Be brief.', model });
    people.push({ visitor, providerId: provider.id, botId: bot.id });
  }
  return people;
};

/** Fills a new conversation through the API, turn by turn. */
const converse = async (pool: Pool, person: Person): Promise<Place> => {
  const { client } = person.visitor;
  const { id } = await client.conversations.create({ botId: person.botId });
  const place: Place = { path: `/v1/conversations/${id}/messages`, headers: headersOf(person), headId: null };
  for (let turn = 1; turn <= historyLength / 2; turn += 1) {
    const { error } = await ask(pool, chatAt(place, pastQuestion(turn)), expectWords(20));
    if (error !== null) throw new Error(`the history could not be made: ${error}`);
    place.headId = (await client.conversations.get(id)).headMessageId;
  }
  const { messages } = await client.conversations.messages(id);
  if (messages.length !== historyLength) throw new Error(`the history has ${messages.length} messages`);
  return place;
};

const readStatements = async (url: string): Promise<number> => {
  const response = await fetch(`${url}/metrics`);
  const count = /^parley_database_statements_total (\d+)/m.exec(await response.text())?.[1];
  if (count === undefined) throw new Error('/metrics does not count statements');
  return Number(count);
};

/** Our server as people run it, with people signed in and conversations under way. */
export const startParley = async (options: {
  name: string;
  start: StartProcess;
  folder: string;
  fakeUrl: string;
  database: BenchDatabase | null;
  plan: Plan;
}): Promise<Target> => {
  const { name, start, fakeUrl, database, plan } = options;
  const folder = join(options.folder, name);
  mkdirSync(folder);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { pid } = await start({
    name,
    use: 'server',
    command: process.execPath,
    argv: [...(plan.profileDir === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${join(plan.profileDir, name)}`]), main],
    environment: {
      PORT: String(port),
      PUBLIC_URL: url,
      DATA_DIR: join(folder, 'data'),
      MASTER_KEY: randomBytes(32).toString('hex'),
      EGRESS_ALLOW: new URL(fakeUrl).host,
      LOG_LEVEL: 'info',
      WRITES_PER_MINUTE: '10000000',
      READS_PER_MINUTE: '10000000',
      SHUTDOWN_GRACE_SECONDS: '1',
      ...(database ? { DATABASE_URL: database.url } : {}),
    },
    ready: /Parley is ready/,
    stdout: openSync(join(folder, 'log'), 'w'),
  });

  const pool = new Pool(url, { connections: 4096, pipelining: 1 });
  const names = Array.from({ length: plan.users }, (_, index) => `person${index + 1}`);
  const people = await settle(url, fakeUrl, names);
  const places = await Promise.all(
    people.flatMap((person) => Array.from({ length: plan.conversationsPerUser }, () => converse(pool, person))),
  );
  let next = 0;
  return {
    name,
    pool,
    rootPid: pid,
    async use(model) {
      for (const { visitor, providerId, botId } of people)
        await visitor.client.bots.update(botId, { model: { providerId, name: model } });
    },
    chat: () => chatAt(places[(next += 1) % places.length]!, question),
    statements: () => readStatements(url),
    databaseUse: database?.use ?? null,
  };
};
