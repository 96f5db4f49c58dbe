import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { createVisitor, type Visitor } from '../testing/app.ts';
import { onServer, urlOf } from '../testing/database.ts';
import { freePort, startServer, type ServerProcess } from '../testing/server-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-commands-'));
const dataDir = join(folder, 'data');
let port: string;
let server: ServerProcess | null = null;

const script = (command: string): string => fileURLToPath(new URL(`${command}.ts`, import.meta.url));

const run = async (
  command: 'backup' | 'restore' | 'migrate-to-postgres' | 'migrate',
  parameters: string[] = [],
  settings: Record<string, string> = {},
): Promise<{ code: number; output: string }> => {
  const child = spawn(process.execPath, [script(command), ...parameters], {
    cwd: folder,
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, LOG_LEVEL: 'silent', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
};

const start = async (settings: Record<string, string> = {}): Promise<ServerProcess> => {
  server = await startServer({ DATA_DIR: dataDir, PORT: port, ...settings });
  return server;
};
const stop = async (): Promise<void> => {
  expect(await server?.stop()).toBe(0);
  server = null;
};
const browser = (): Visitor => createVisitor(`http://localhost:${port}`, `http://localhost:${port}`, async () => {});
const ada = { email: 'ada@example.org', password: 'correct horse ada' };
const signedIn = async (): Promise<Visitor['client']> => {
  const { client } = browser();
  await client.auth.signIn(ada);
  return client;
};
let conversationId: string;
/** The texts of the one conversation. */
const texts = async (client: Visitor['client']): Promise<string[]> => {
  const { messages } = await client.conversations.messages(conversationId);
  return messages.map(({ parts }) => parts.map((part) => (part.type === 'text' ? part.text : '')).join(''));
};
const say = async (client: Visitor['client'], text: string): Promise<void> => {
  const sent = await client.conversations.send(
    conversationId,
    { text },
    { idempotencyKey: randomBytes(8).toString('hex') },
  );
  for await (const event of client.runs.stream(sent.run.id)) if (event.type === 'run-end') return;
};

beforeAll(async () => {
  port = String(await freePort());
  await start({ DEMO_WORDS_PER_SECOND: '10000' });
  const { client } = browser();
  await client.auth.signUp({ name: 'Ada', ...ada });
  const [demo] = (await client.bots.list()).items;
  conversationId = (await client.conversations.create({ botId: demo!.id })).id;
  await say(client, 'Hello there');
  await stop();
}, 60_000);
afterEach(async () => {
  if (server) await server.kill();
  server = null;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('npm run backup and npm run restore', () => {
  test('back up a running server and a stopped one, and bring each back with its people and texts', async () => {
    await start();
    const running = join(folder, 'running.tar.gz');
    const first = await run('backup', ['--to', running]);
    expect(first).toMatchObject({
      code: 0,
      output: expect.stringMatching(/running\.tar\.gz \(\d.+ MB, sha256 [0-9a-f]{64}, .+ s\)/),
    });
    expect(first.output).toContain('the master key too');
    expect(statSync(running).mode & 0o777).toBe(0o600);
    const client = await signedIn();
    const before = await texts(client);
    expect(before).toHaveLength(2);
    await say(client, 'Said after the backup');

    const refused = await run('restore', [running]);
    expect(refused.code).toBe(1);
    expect(refused.output).toMatch(/is in use by Parley at .+; stop that one/);
    await stop();
    const second = await run('backup');
    expect(second.code).toBe(0);
    const [stopped] = readdirSync(join(dataDir, 'backups')).filter((name) => name.endsWith('-manual.tar.gz'));

    const restored = await run('restore', [running]);
    expect(restored).toMatchObject({ code: 0, output: expect.stringMatching(/user 1, .+message 2/) });
    await start();
    expect(await texts(await signedIn())).toEqual(before);
    await stop();
    expect((await run('restore', [join(dataDir, 'backups', stopped!)])).code).toBe(0);
    await start();
    expect(await texts(await signedIn())).toHaveLength(4);
    // Two restores, two databases that were moved aside.
    expect(readdirSync(dataDir).filter((name) => name.startsWith('before-restore-'))).toHaveLength(2);
  }, 120_000);

  test('leave a usable database whenever a restore is killed', async () => {
    const file = join(folder, 'before-the-kill.tar.gz');
    expect((await run('backup', ['--to', file])).code).toBe(0);
    await start();
    const before = await texts(await signedIn());
    await stop();
    // From reading the file over unpacking and opening to the last rename.
    for (const afterMs of [400, 900, 1_500, 2_500]) {
      const child = spawn(process.execPath, [script('restore'), file], {
        cwd: folder,
        env: { PATH: process.env.PATH, DATA_DIR: dataDir },
        stdio: 'ignore',
      });
      const ended = once(child, 'exit');
      setTimeout(() => child.kill('SIGKILL'), afterMs);
      await ended;
      await start();
      expect(await texts(await signedIn())).toEqual(before);
      await stop();
      expect(existsSync(join(dataDir, 'restored.part'))).toBe(false);
    }
  }, 120_000);

  test('say in one line what is wrong with how they were called, and change nothing', async () => {
    const elsewhere = { DATA_DIR: join(folder, 'nothing-here') };
    const postgres = { DATABASE_URL: 'postgres://a:b@localhost/c', MASTER_KEY: Buffer.alloc(32, 1).toString('base64') };
    const calls: [Parameters<typeof run>, RegExp][] = [
      [['backup', [], elsewhere], /there is no database in .+; set DATA_DIR/],
      [['backup', [], postgres], /DATABASE_URL is set.+pg_dump/],
      [['backup', ['--to', join(dataDir, 'master.key')]], /is there already; name another file/],
      [['backup', ['--nonsense']], /--nonsense/],
      [['restore', []], /the backup to restore is missing; use: npm run restore/],
      [['restore', [], postgres], /DATABASE_URL is set.+pg_restore/],
      [['restore', [join(folder, 'no-such-file')]], /cannot be restored: .+; the present database is as it was/],
      [['migrate-to-postgres', []], /the address of the empty PostgreSQL database is missing; use/],
      [['migrate-to-postgres', ['--to', 'mysql://x/y']], /the address of the empty PostgreSQL database is missing/],
      [['migrate-to-postgres', ['--to', 'postgres://localhost/c'], elsewhere], /there is no database in/],
    ];
    const key = readFileSync(join(dataDir, 'master.key'), 'utf8');
    for (const [call, line] of calls) {
      const { code, output } = await run(...call);
      expect({
        call,
        code,
        lines: output
          .trim()
          .split('\n')
          .filter((one) => !one.startsWith('Reading')).length,
      }).toEqual({ call, code: 1, lines: 1 });
      expect(output).toMatch(line);
    }
    expect(readFileSync(join(dataDir, 'master.key'), 'utf8')).toBe(key);
    expect(existsSync(join(elsewhere.DATA_DIR, 'database'))).toBe(false);
  }, 120_000);
});

const postgres = inject('template').url;
if (postgres === null)
  process.stderr.write('skipped: npm run migrate-to-postgres (there is no server; set TEST_DATABASE_URL)\n');

describe.skipIf(postgres === null)('npm run migrate-to-postgres', () => {
  const name = `parley_moved_${randomBytes(6).toString('hex')}`;
  afterAll(() => onServer(postgres!, `drop database if exists ${name} with (force)`));

  test('moves an installation: people sign in there, and find their conversations', async () => {
    await onServer(postgres!, `create database ${name}`);
    const to = urlOf(postgres!, name);
    await start();
    const before = await texts(await signedIn());
    const busy = await run('migrate-to-postgres', ['--to', to]);
    expect(busy).toMatchObject({ code: 1, output: expect.stringMatching(/is in use by Parley at .+; stop that one/) });
    await stop();

    const moved = await run('migrate-to-postgres', ['--to', to]);
    expect(moved.output).toMatch(/public\.message +\d+ +-?\d+/);
    expect(moved.output).toContain(`MASTER_KEY     what is in ${join(dataDir, 'master.key')}`);
    expect(moved.code).toBe(0);
    const again = await run('migrate-to-postgres', [], { DATABASE_URL: to });
    expect(again).toMatchObject({ code: 1, output: expect.stringMatching(/the target database is not empty/) });

    await start({ DATABASE_URL: to, MASTER_KEY: readFileSync(join(dataDir, 'master.key'), 'utf8').trim() });
    const client = await signedIn();
    expect(await texts(client)).toEqual(before);
    await say(client, 'Hello from the other side');
    expect(await texts(client)).toHaveLength(before.length + 2);
    await stop();
  }, 120_000);
});
