import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { createClient, type Client, type Role } from '@parley/sdk';
import { compose, type Parley } from '../compose.ts';
import type { Database } from '../platform/database/connect.ts';
import type { Logger } from '../platform/log.ts';
import type { Clock } from '../platform/clock.ts';
import { createApi, listen } from '../roles/api.ts';
import { serveRealtime } from '../roles/realtime.ts';
import { testConfig } from './config.ts';
import { copyTemplate } from './database.ts';
import { createFakeModel, type FakeModel } from './fake-model.ts';

/** A person with a browser of their own: cookies are kept between requests. */
export interface Visitor {
  client: Client;
  fetch: typeof fetch;
  cookies: Map<string, string>;
}

export interface TestApp extends AsyncDisposable {
  url: string;
  parley: Parley;
  database: Database;
  /** Somebody without an account. */
  anonymous(): Visitor;
  /** The SDK as that person, signed up at first use; the first person is the operator. */
  as(name: string): Client;
  /** The same person's browser. */
  visitor(name: string): Visitor;
  password(name: string): string;
  /** Makes a team workspace of `owner` and adds the others with their roles; returns its id. */
  team(owner: string, members?: Record<string, Role>): Promise<string>;
  /** Puts a person into the owner's personal workspace with a role; their client acts in it. */
  member(owner: string, name: string, role: Role): Promise<Client>;
  /** A workspace provider that leads to the fake model; created in the active workspace of that client. */
  fakeProvider(client: Client, kind?: 'openai-compatible' | 'anthropic'): Promise<{ id: string }>;
  fake: FakeModel;
  /** Runs queued jobs and listeners until there are none. */
  drain(): Promise<void>;
  /** Runs one job now, as its schedule would. */
  runJob(name: string): Promise<void>;
  /** Text of the letters sent so far, oldest first. */
  outbox(): string[];
  /** Statements that the work sent to the database. */
  statements(work: () => Promise<unknown>): Promise<number>;
  /** Stops the server but keeps the database, and starts another on it. */
  restart(): Promise<void>;
}

/** A visitor of the server at `url`, whose browser shows `origin`; every request waits for `ready`. */
export const createVisitor = (url: string, origin: string, ready: () => Promise<unknown>): Visitor => {
  const cookies = new Map<string, string>();
  const browse = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    await ready();
    const request = new Request(input, init);
    if (cookies.size > 0)
      request.headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    if (!request.headers.has('origin')) request.headers.set('origin', origin);
    const response = await fetch(request);
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name === undefined) continue;
      if (value === '' || /max-age=0/i.test(line)) cookies.delete(name);
      else cookies.set(name, value!);
    }
    return response;
  };
  return {
    client: createClient({ baseUrl: url, fetch: browse as typeof fetch }),
    fetch: browse as typeof fetch,
    cookies,
  };
};

const start = async (database: Database, settings: Record<string, string>, parts: { clock?: Clock; log?: Logger }) => {
  const config = testConfig(settings);
  const parley = await compose(config, { database, ...parts });
  await parley.jobs.prepare(parley.jobList);
  const api = await createApi(parley);
  const port = await listen(api, { host: '127.0.0.1', port: Number(settings.PORT ?? 0) });
  const realtime = serveRealtime(parley, api);
  await parley.runs.start();
  return {
    parley,
    port,
    async stop() {
      await parley.runs.stop(0);
      realtime.close();
      await api.close();
      await parley.jobs.stop();
    },
  };
};

/** A whole installation on a copy of the template database, listening on a free port. */
export const testApp = async (
  settings: Record<string, string> = {},
  parts: { clock?: Clock; log?: Logger; database?: Database } = {},
): Promise<TestApp> => {
  const database = parts.database ?? (await copyTemplate(inject('template'))).database;
  let server = await start(database, settings, parts);
  const fake = await createFakeModel();
  const dataDir = server.parley.config.dataDir;
  const url = `http://127.0.0.1:${server.port}`;
  const origin = server.parley.config.publicUrl;
  const visitors = new Map<string, Visitor>();
  let arrivals: Promise<unknown> = Promise.resolve();

  const password = (name: string): string => `correct horse ${name}`;
  const openSignUp = (): Promise<unknown> =>
    database.system.updateTable('workspace').set({ sign_up: 'open' }).where('kind', '=', 'personal').execute();

  const visitor = (name: string): Visitor => {
    const known = visitors.get(name);
    if (known) return known;
    const arriving = createVisitor(url, origin, async () => {});
    // One after the other, so that the first person named is the operator.
    const arrival = (arrivals = arrivals.then(async () => {
      await openSignUp();
      await arriving.client.auth.signUp({ name, email: `${name}@example.org`, password: password(name) });
    }));
    const arrived = createVisitor(url, origin, async () => {
      await arrival;
      if (arrived.cookies.size === 0) for (const [key, value] of arriving.cookies) arrived.cookies.set(key, value);
    });
    visitors.set(name, arrived);
    return arrived;
  };

  return {
    url,
    get parley() {
      return server.parley;
    },
    database,
    fake,
    anonymous: () => createVisitor(url, origin, async () => {}),
    visitor,
    as: (name) => visitor(name).client,
    password,
    async team(owner, members = {}) {
      const workspace = await visitor(owner).client.workspaces.create({ name: `${owner} & co` });
      for (const [name, role] of Object.entries(members)) {
        const { token } = await visitor(owner).client.workspaces.invite(workspace.id, { role });
        await visitor(name).client.invitations.accept({ token });
      }
      return workspace.id;
    },
    async member(owner, name, role) {
      const [host, guest] = [await visitor(owner).client.me.get(), await visitor(name).client.me.get()];
      const workspaceId = host.workspaces[0]!.id;
      await database.system
        .insertInto('member')
        .values({ workspace_id: workspaceId, user_id: guest.user.id, role })
        .execute();
      server.parley.broadcast.publish('workspaces.members', { userId: guest.user.id });
      return visitor(name).client.inWorkspace(workspaceId);
    },
    fakeProvider: (client, kind = 'openai-compatible') =>
      client.providers.create({
        kind,
        name: 'Fake',
        apiKey: 'sk-fake-0123456789',
        baseUrl: kind === 'anthropic' ? fake.url : `${fake.url}/v1`,
      }),
    drain: () => server.parley.jobs.drain(),
    async runJob(name) {
      const job = server.parley.jobList.find((one) => one.name === name);
      if (!job) throw new Error(`there is no job ${name}`);
      await job.run({} as never, { log: server.parley.log });
    },
    outbox() {
      const folder = join(dataDir, 'outbox');
      try {
        return readdirSync(folder)
          .sort()
          .map((file) => readFileSync(join(folder, file), 'utf8'));
      } catch {
        return [];
      }
    },
    async statements(work) {
      const before = database.statementCount();
      await work();
      return database.statementCount() - before;
    },
    async restart() {
      await server.stop();
      server = await start(database, { ...settings, PORT: String(server.port), DATA_DIR: dataDir }, parts);
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await server.parley.close();
      await fake.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};
