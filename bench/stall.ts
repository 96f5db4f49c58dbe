/** How long the embedded database keeps the server's event loop, phase by phase; see docs/decisions/015-embedded-database.md. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClient, type Client } from '@parley/sdk';
import { openDatabase } from '../server/src/platform/database/connect.ts';
import { createFakeModel } from '../server/src/testing/fake-model.ts';

interface Sample {
  loop: [number, number, number];
  calls: number;
  cpu: [number, number, number];
}

const phaseMs = 8_000;
const streams = 20;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), 'parley-stall-'));
const port = '4987';
const url = `http://localhost:${port}`;

const start = async () => {
  const child = spawn(process.execPath, ['--import', path('stall-watch.ts'), path('../server/src/main.ts')], {
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: port, LOG_LEVEL: 'error', EGRESS_ALLOW: '127.0.0.0/8' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  while (
    !(await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    ))
  )
    await pause(200);
  return {
    async sample(): Promise<Sample> {
      child.send('sample');
      const [sample] = (await once(child, 'message')) as [Sample];
      return sample;
    },
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
};

/** A person's browser: cookies are all it has. */
const browser = (): Client => {
  let cookie = '';
  const browse: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    request.headers.set('origin', url);
    if (cookie) request.headers.set('cookie', cookie);
    const answer = await fetch(request);
    cookie =
      answer.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ') || cookie;
    return answer;
  };
  return createClient({ baseUrl: url, fetch: browse });
};

/** One conversation of 2,000 messages, and so many others that the database has about 200 MB. */
const fill = async (): Promise<void> => {
  const database = await openDatabase({ url: null, poolSize: 1, dataDir, describe: 'the stall benchmark' });
  const filling = (conversation: string, messages: number): Promise<object[]> =>
    database.raw(
      `with recursive place as (
         select gen_random_uuid() as conversation, m.workspace_id, m.user_id from member m
           join workspace w on w.id = m.workspace_id where w.kind = 'personal' limit 1),
       made as (insert into conversation (id, workspace_id, created_by, title)
         select conversation, workspace_id, user_id, $1 from place returning *),
       ids as (select n, gen_random_uuid() as id from generate_series(1, $2::int) n),
       added as (insert into message (id, workspace_id, conversation_id, parent_id, role, parts)
         select i.id, workspace_id, conversation, p.id, case when i.n % 2 = 1 then 'user' else 'assistant' end,
           jsonb_build_array(jsonb_build_object('type', 'text', 'text', repeat(md5(i.n::text) || ' ', 30)))
         from ids i left join ids p on p.n = i.n - 1, place returning id)
       select (select conversation from place)::text as id, (select id from ids order by n desc limit 1)::text as head,
         (select count(*) from made) + (select count(*) from added)`,
      [conversation, messages],
    );
  for (let count = 0; count < 60; count += 1) {
    const [{ id, head }] = (await filling(
      count === 0 ? 'The long one' : `Other ${count}`,
      count === 0 ? 2_000 : 2_500,
    )) as [{ id: string; head: string }];
    await database.raw('update conversation set head_id = $1 where id = $2', [head, id]);
  }
  const [size] = await database.raw('select pg_size_pretty(pg_database_size(current_database())) as size', []);
  say(`The database has ${(size as { size: string }).size}.`);
  await database.close();
};

const main = async (): Promise<void> => {
  const fake = await createFakeModel();
  let server = await start();
  const client = browser();
  await client.auth.signUp({ name: 'Ada', email: 'ada@example.org', password: 'correct horse ada' });
  const provider = await client.providers.create({
    kind: 'openai-compatible',
    name: 'Fake',
    apiKey: 'sk-fake-0123456789',
    baseUrl: `${fake.url}/v1`,
  });
  const bot = await client.bots.create({
    name: 'Paced',
    type: 'writer',
    model: { providerId: provider.id, name: 'words-20000-pace-20' },
  });
  await server.stop();
  await fill();
  server = await start();
  const long = (await client.conversations.list({ limit: 100 })).items.find(({ title }) => title === 'The long one')!;

  const readers: Promise<void>[] = [];
  const stream = async (): Promise<void> => {
    const { id } = await client.conversations.create({ botId: bot.id });
    const { run } = await client.conversations.send(id, { text: 'Go' }, { idempotencyKey: crypto.randomUUID() });
    readers.push(
      (async () => {
        for await (const event of client.runs.stream(run.id)) if (event.type === 'run-end') return;
      })().catch(() => {}),
    );
  };
  const phase = async (name: string, work: (() => Promise<unknown>) | null, everyMs: number): Promise<void> => {
    await server.sample();
    const until = performance.now() + phaseMs;
    while (performance.now() < until) {
      if (work) await work();
      await pause(everyMs);
    }
    const { loop, cpu, calls } = await server.sample();
    const numbers = (list: readonly number[]): string => list.map((ms) => ms.toFixed(1).padStart(7)).join(' ');
    say(`${name.padEnd(44)} ${numbers(loop)}  ${numbers(cpu)}  ${calls}`);
  };
  const openLong = (): Promise<unknown> => client.conversations.messages(long.id);
  const list = (): Promise<unknown> => client.conversations.list({ limit: 100 });

  say(`${''.padEnd(44)} event loop p50, p99, max   CPU of a call p50, p99, max   calls (ms)`);
  await phase('nothing', null, 100);
  for (let count = 0; count < streams; count += 1) await stream();
  await phase(`${streams} live streams`, null, 100);
  await phase('+ list pages, 10 a second', list, 100);
  await phase('+ a conversation of 2,000 messages, 2 a second', openLong, 500);
  await phase('+ list pages, and a backup', () => Promise.all([list(), backUp()]), 100);
  await server.stop();
  await Promise.all(readers);
  await fake.close();
};

let backing: Promise<unknown> | null = null;
const backUp = async (): Promise<void> => {
  if (backing) return;
  const child = spawn(process.execPath, [path('../server/src/roles/backup.ts')], {
    env: { PATH: process.env.PATH, DATA_DIR: dataDir },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  backing = once(child, 'exit');
};

try {
  await main();
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
