import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '@parley/sdk';
import { testApp, type TestApp, type Visitor } from './testing/app.ts';

/** Operations that anybody may use. Everything else needs a session: a new one is held to that by the tests below. */
const publicOperations = ['getSetup', 'previewInvitation', 'requestPasswordReset', 'resetPassword', 'signIn', 'signUp'];

interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  format?: string;
  minLength?: number;
  minimum?: number;
}
interface Operation {
  id: string;
  method: string;
  path: string;
  parameters: string[];
  query: string[];
  body: Schema | null;
}
interface Described {
  operationId?: string;
  parameters?: { in: string; name: string }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}
interface Document {
  paths: Record<string, Record<string, Described>>;
  components?: { schemas?: Record<string, Schema> };
}

let app: TestApp;
let document: Document;
let operations: Operation[];
/** Ids of alice's own objects, and of bob's, by the part of the path that stands before them. */
let hers: Record<string, string>;
let his: Record<string, string>;
let stranger: Visitor;

const resolve = (schema: Schema): Schema => {
  const name = schema.$ref?.split('/').at(-1);
  if (name === undefined) return schema;
  const found = document.components?.schemas?.[name];
  if (!found) throw new Error(`${schema.$ref} is not described`);
  return resolve(found);
};

const choicesOf = ({ anyOf = [], oneOf = [], allOf = [] }: Schema): Schema[] => [...anyOf, ...oneOf, ...allOf];

/** The smallest value that a schema takes: required members, and one optional one where none is required. */
const example = (given: Schema): unknown => {
  const schema = resolve(given);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const [choice] = choicesOf(schema);
  if (choice) return example(choice);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === 'object') {
    const all = Object.keys(schema.properties ?? {});
    const named = schema.required?.length ? schema.required : all.slice(0, 1);
    return Object.fromEntries(named.map((name) => [name, example(schema.properties![name]!)]));
  }
  if (type === 'array') return [];
  if (type === 'boolean') return true;
  if (type === 'integer' || type === 'number') return schema.minimum ?? 1;
  if (schema.format === 'uuid') return randomUUID();
  return 'x'.repeat(Math.max(schema.minLength ?? 1, 1));
};

/** Paths of the members that hold an id, with where each leads. */
const idMembers = (given: Schema, path: string[] = []): string[][] => {
  const schema = resolve(given);
  if (schema.format === 'uuid') return [path];
  return [
    ...choicesOf(schema).flatMap((choice) => idMembers(choice, path)),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => idMembers(inner, [...path, name])),
  ];
};

/** An example with this id in that member, however optional its parents are. */
const withMember = (given: Schema, [name, ...rest]: string[], id: string): unknown => {
  if (name === undefined) return id;
  const schema = resolve(given);
  const object = [schema, ...choicesOf(schema)].map(resolve).find((one) => one.properties)!;
  return { ...(example(object) as object), [name]: withMember(object.properties![name]!, rest, id) };
};

const fill = (operation: Operation, ids: readonly string[]): string =>
  operation.parameters.reduce((path, name, index) => path.replace(`{${name}}`, ids[index]!), operation.path);

const unknownIds = (operation: Operation): string[] => operation.parameters.map(() => randomUUID());

/** Of each parameter the part of the path before it: `/v1/bots/{id}` → `bots`. */
const collectionsOf = (operation: Operation): string[] =>
  operation.parameters.map((name) => new RegExp(`/([^/]+)/\\{${name}\\}`).exec(operation.path)![1]!);

interface Answer {
  status: number;
  code: string | undefined;
  /** All that is said, the request's own id and the ids that were asked with left out. */
  said: string;
}

const ask = async (
  visitor: Visitor,
  operation: Operation,
  ids: readonly string[],
  options: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> => {
  const body = options.body === undefined ? (operation.body ? example(operation.body) : undefined) : options.body;
  const response = await visitor.fetch(app.url + fill(operation, ids), {
    method: operation.method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const problem = /json/.test(response.headers.get('content-type') ?? '')
    ? (JSON.parse(text) as Record<string, unknown>)
    : {};
  delete problem.requestId;
  return {
    status: response.status,
    code: problem.code as string | undefined,
    said: ids.reduce((said, id) => said.replaceAll(id, '<id>'), JSON.stringify(problem)),
  };
};

/** What belongs to one person in a workspace: a private bot and all of a conversation with it. */
const talk = async (client: Client, providerId: string): Promise<Record<string, string>> => {
  const bot = await client.bots.create({ name: 'Mine', type: 'writer', model: { providerId, name: 'fake' } });
  const conversation = await client.conversations.create({ botId: bot.id });
  const { message, run } = await client.conversations.send(conversation.id, { text: 'Hello' });
  for await (const event of client.runs.stream(run.id)) if (event.type === 'run-end') break;
  return { bots: bot.id, conversations: conversation.id, messages: message.id, runs: run.id };
};

/** One object of every sort, of which nobody else may know. */
const settle = async (name: string): Promise<Record<string, string>> => {
  const client = app.as(name);
  const me = await client.me.get();
  const provider = await app.fakeProvider(client);
  const team = await app.team(name);
  const invitation = await client.workspaces.invite(team, { role: 'member' });
  const { items: sessions } = await client.auth.sessions();
  return {
    workspaces: team,
    members: me.user.id,
    invitations: invitation.id,
    sessions: sessions[0]!.id,
    providers: provider.id,
    ...(await talk(client, provider.id)),
    personal: me.workspaces[0]!.id,
  };
};

const readOperations = (): Operation[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      id: described.operationId ?? '',
      method: method.toUpperCase(),
      path,
      parameters: [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!),
      query: (described.parameters ?? []).filter((one) => one.in === 'query').map((one) => one.name),
      body: described.requestBody?.content['application/json']?.schema ?? null,
    })),
  );

const nameOf = (id: string): string => Object.entries(hers).find(([, one]) => one === id)?.[0] ?? 'his own';

const privateOnes = (): Operation[] => operations.filter(({ id }) => !publicOperations.includes(id));

beforeAll(async () => {
  app = await testApp();
  hers = await settle('alice');
  his = await settle('bob');
  stranger = app.visitor('bob');
  document = (await (await fetch(`${app.url}/v1/openapi.json`)).json()) as Document;
  operations = readOperations();
}, 180_000);
afterAll(() => app[Symbol.asyncDispose]());

/** What breaks a rule, of all operations, so that one run names every one. */
const faults = async (
  of: readonly Operation[],
  check: (operation: Operation) => Promise<(string | null)[] | string | null>,
): Promise<string[]> => {
  const found: string[] = [];
  for (const operation of of)
    for (const fault of [await check(operation)].flat())
      if (fault !== null) found.push(`${operation.method} ${operation.path}: ${fault}`);
  return found;
};

describe('the document', () => {
  test('names every operation once, and the public ones are those on the list', () => {
    const ids = operations.map(({ id }) => id);
    expect(ids).not.toContain('');
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(40);
    expect(ids).toEqual(expect.arrayContaining(publicOperations));
  });

  test('knows an object here for every id in a path', () => {
    const known = Object.keys(hers);
    for (const operation of operations)
      for (const name of collectionsOf(operation)) expect(known, operation.path).toContain(name);
  });

  test('describes no body that takes unknown members, at any depth', () => {
    const open = (given: Schema, at: string): string[] => {
      const schema = resolve(given);
      const inner = [
        ...choicesOf(schema).flatMap((one) => open(one, at)),
        ...Object.entries(schema.properties ?? {}).flatMap(([name, one]) => open(one, `${at}.${name}`)),
        ...(schema.items ? open(schema.items, `${at}[]`) : []),
      ];
      return schema.type === 'object' && schema.additionalProperties !== false ? [at, ...inner] : inner;
    };
    expect(operations.flatMap(({ id, body }) => (body ? open(body, id) : []))).toEqual([]);
  });
});

describe('every private operation', () => {
  test('without a session, or with one that is none, is refused', async () => {
    const nobody = app.anonymous();
    const liar = app.anonymous();
    liar.cookies.set('parley.session', 'x'.repeat(43));
    const found = await faults(privateOnes(), async (operation) => {
      const ids = collectionsOf(operation).map((name) => hers[name]!);
      const answers = [await ask(nobody, operation, ids), await ask(liar, operation, ids)];
      return answers.map(({ status, code }) =>
        status === 401 && code === 'unauthenticated' ? null : `${status} ${code}`,
      );
    });
    expect(found).toEqual([]);
  });

  test('asked in a workspace of somebody else is answered as in an unknown one', async () => {
    const found = await faults(privateOnes(), async (operation) => {
      const ids = collectionsOf(operation).map((name) => hers[name]!);
      const inWorkspace = (id: string) => ask(stranger, operation, ids, { headers: { 'parley-workspace': id } });
      const unknown = await inWorkspace(randomUUID());
      const foreign = [await inWorkspace(hers.workspaces!), await inWorkspace(hers.personal!)];
      return foreign.map((answer) => {
        if (answer.status !== 404) return `${answer.status} ${answer.code} instead of 404`;
        return answer.said === unknown.said && unknown.status === 404
          ? null
          : `${answer.said} tells it from ${unknown.said}`;
      });
    });
    expect(found).toEqual([]);
  });

  test('with an id of somebody else in its path is answered as with an unknown one', { timeout: 120_000 }, async () => {
    const found = await faults(
      privateOnes().filter((one) => one.parameters.length > 0),
      async (operation) => {
        const unknown = await ask(stranger, operation, unknownIds(operation));
        if (unknown.status !== 404)
          return `${unknown.status} ${unknown.code} for an unknown id: the rest would prove nothing`;
        const every = Object.values(hers);
        const tries = operation.parameters.reduce<string[][]>(
          (all) => all.flatMap((ids) => every.map((id) => [...ids, id])),
          [[]],
        );
        // Her object below his own, too: the second check must not trust the first.
        const own = collectionsOf(operation).map((name) => his[name]!);
        if (own.length === 2) tries.push(...every.map((id) => [own[0]!, id]));
        const told: string[] = [];
        for (const ids of tries) {
          const answer = await ask(stranger, operation, ids);
          if (answer.status !== 404 || answer.said !== unknown.said)
            told.push(`${ids.map((id) => nameOf(id)).join(', ')}: ${answer.status} ${answer.said}`);
        }
        return told;
      },
    );
    expect(found).toEqual([]);
  });

  test('with what a colleague keeps private is answered as with an unknown id, even to an admin', async () => {
    const team = await app.team('alice', { carol: 'admin' });
    const hersHere = app.as('alice').inWorkspace(team);
    const kept = await talk(hersHere, (await app.fakeProvider(hersHere)).id);
    const headers = { 'parley-workspace': team };
    const found = await faults(
      operations.filter((one) => one.parameters.length > 0 && collectionsOf(one).every((name) => name in kept)),
      async (operation) => {
        const unknown = await ask(app.visitor('carol'), operation, unknownIds(operation), { headers });
        const ids = collectionsOf(operation).map((name) => kept[name]!);
        const answer = await ask(app.visitor('carol'), operation, ids, { headers });
        return answer.status === 404 && answer.said === unknown.said ? null : `${answer.status} ${answer.said}`;
      },
    );
    expect(found).toEqual([]);
  });

  test('with an id of somebody else in its body is answered as with an unknown one', { timeout: 60_000 }, async () => {
    const withIds = privateOnes().filter((one) => one.body && idMembers(one.body).length > 0);
    expect(withIds.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['createConversation', 'sendMessage', 'setDefaultModel']),
    );
    const found = await faults(withIds, async (operation) => {
      const own = collectionsOf(operation).map((name) => his[name]!);
      const told: string[] = [];
      for (const member of idMembers(operation.body!)) {
        const filled = (id: string): unknown => withMember(operation.body!, member, id);
        const missing = randomUUID();
        const unknown = await ask(stranger, operation, own, { body: filled(missing) });
        // Refused for its form alone, it would never have been looked up.
        const malformed = await ask(stranger, operation, own, { body: filled('x') });
        if (unknown.status < 400 || unknown.said === malformed.said)
          told.push(`${member.join('.')}: ${unknown.status} ${unknown.said} for an unknown id proves nothing`);
        for (const id of Object.values(hers)) {
          const answer = await ask(stranger, operation, own, { body: filled(id) });
          if (
            answer.status !== unknown.status ||
            answer.said.replaceAll(id, '<id>') !== unknown.said.replaceAll(missing, '<id>')
          )
            told.push(`${member.join('.')} ${nameOf(id)}: ${answer.status} ${answer.said} instead of ${unknown.said}`);
        }
      }
      return told;
    });
    expect(found).toEqual([]);
  });
});

describe('every operation with a body', () => {
  type Send = (example: object) => { body: string; headers?: Record<string, string> };
  /** Operations that answer otherwise. Nothing is done before these checks, so unknown ids in the path do no harm. */
  const others = (send: Send, status: number, code: string, says = ''): Promise<string[]> =>
    faults(
      operations.filter((one) => one.body !== null),
      async (operation) => {
        const sent = send(example(operation.body!) as object);
        const answer = await ask(app.visitor('alice'), operation, unknownIds(operation), sent);
        const isRight = answer.status === status && answer.code === code && answer.said.includes(says);
        return isRight ? null : `${answer.status} ${answer.said}`;
      },
    );

  test('refuses an unknown member by its name', async () => {
    const send: Send = (value) => ({ body: JSON.stringify({ ...value, isOperator: true }) });
    expect(await others(send, 400, 'invalid_request', '"path":"isOperator"')).toEqual([]);
  });

  test.each(['__proto__', 'constructor'])('refuses %s', async (key) => {
    const send: Send = (value) => ({
      body: JSON.stringify({ poison: { isOperator: true }, ...value }).replace('poison', key),
    });
    expect(await others(send, 400, 'invalid_request', key)).toEqual([]);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'refuses %s',
    async (contentType) => {
      const send: Send = (value) => ({ body: JSON.stringify(value), headers: { 'content-type': contentType } });
      expect(await others(send, 415, 'unsupported_media_type')).toEqual([]);
    },
  );

  test.each(['[]', 'null', '"text"', '{', ' '])('refuses the body %j', async (body) => {
    expect(await others(() => ({ body }), 400, 'invalid_request')).toEqual([]);
  });

  test('from a foreign origin is refused', async () => {
    const send: Send = (value) => ({ body: JSON.stringify(value), headers: { origin: 'https://evil.example' } });
    expect(await others(send, 403, 'forbidden')).toEqual([]);
  });
});

test('every operation with a query refuses an unknown name in it', async () => {
  const found = await faults(
    operations.filter((one) => one.query.length > 0),
    async (operation) => {
      const named = { ...operation, path: `${operation.path}?isOperator=true` };
      const answer = await ask(app.visitor('alice'), named, unknownIds(operation));
      return answer.status === 400 && answer.said.includes('isOperator') ? null : `${answer.status} ${answer.said}`;
    },
  );
  expect(found).toEqual([]);
});
