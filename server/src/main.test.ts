import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { ConfigError, readConfig } from './platform/config.ts';

const entry = fileURLToPath(new URL('./main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'parley-main-'));
/** One embedded database for every test that needs one: making it is the slow part of a first start. */
const sharedDir = join(folder, 'shared');
const aFile = join(folder, 'a-file');
writeFileSync(aFile, '');
const masterKey = Buffer.alloc(32, 3).toString('base64');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const faultsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
};

const broken: [string, Record<string, string>][] = [
  ['HOST', { HOST: 'not a host' }],
  ['HOST', { HOST: 'localhost:3000' }],
  ['HOST', { HOST: 'http://localhost' }],
  ['PORT', { PORT: 'http' }],
  ['PORT', { PORT: '-1' }],
  ['PORT', { PORT: '65536' }],
  ['PORT', { PORT: '3000.5' }],
  ['PORT', { PORT: '0x50' }],
  ['PUBLIC_URL', { PUBLIC_URL: 'parley.example.org' }],
  ['PUBLIC_URL', { PUBLIC_URL: 'ftp://parley.example.org' }],
  ['PUBLIC_URL', { PUBLIC_URL: 'https://parley.example.org/chat' }],
  ['PUBLIC_URL', { PUBLIC_URL: 'https://parley.example.org/?a=b' }],
  ['PUBLIC_URL', { PUBLIC_URL: 'https://user:hidden-word@parley.example.org' }],
  ['ROLES', { ROLES: 'api,cron' }],
  ['ROLES', { ROLES: ',' }],
  ['ROLES', { ROLES: 'api' }],
  ['ROLES', { ROLES: 'api,api' }],
  ['ROLES', { ROLES: 'worker,realtime' }],
  ['DATA_DIR', { DATA_DIR: aFile }],
  ['DATA_DIR', { DATA_DIR: join(aFile, 'below') }],
  ['DATABASE_URL', { DATABASE_URL: 'mysql://localhost/parley', MASTER_KEY: masterKey }],
  ['DATABASE_URL', { DATABASE_URL: 'localhost:5432', MASTER_KEY: masterKey }],
  ['DATABASE_URL', { DATABASE_URL: 'postgres:///parley:hidden-word', MASTER_KEY: masterKey }],
  ['REDIS_URL', { REDIS_URL: 'localhost:6379' }],
  ['REDIS_URL', { REDIS_URL: 'redis://:hidden-word@localhost' }],
  ['MASTER_KEY', { DATABASE_URL: 'postgres://user:hidden-word@localhost/parley' }],
  ['MASTER_KEY', { MASTER_KEY: 'hidden-word' }],
  ['MASTER_KEY', { MASTER_KEY: Buffer.alloc(31).toString('base64') }],
  ['MASTER_KEY', { MASTER_KEY: 'g'.repeat(64) }],
  ['MASTER_KEY', { MASTER_KEY: 'hidden-word hidden-word hidden-word hidden-w' }],
  ['DATABASE_POOL_SIZE', { DATABASE_POOL_SIZE: '1' }],
  ['DATABASE_POOL_SIZE', { DATABASE_POOL_SIZE: 'many' }],
  ['LOG_LEVEL', { LOG_LEVEL: 'loud' }],
  ['TRUSTED_PROXIES', { TRUSTED_PROXIES: 'my-proxy' }],
  ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '10.0.0.1,300.0.0.1' }],
  ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '10.0.0.0/33' }],
  ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '0.0.0.0/0' }],
  ['METRICS_TOKEN', { METRICS_TOKEN: 'hidden-word' }],
  ['METRICS_TOKEN', { METRICS_TOKEN: 'hidden-word hidden-word' }],
  ['EGRESS_ALLOW', { EGRESS_ALLOW: 'localhost' }],
  ['EGRESS_ALLOW', { EGRESS_ALLOW: 'localhost:99999' }],
  ['EGRESS_ALLOW', { EGRESS_ALLOW: '10.0.0.0/99' }],
  ['EGRESS_ALLOW', { EGRESS_ALLOW: 'http://localhost:11434' }],
  ['ANTHROPIC_API_KEY', { ANTHROPIC_API_KEY: 'short' }],
  ['OPENAI_API_KEY', { OPENAI_API_KEY: 'hidden-word hidden-word' }],
  ['OLLAMA_URL', { OLLAMA_URL: '127.0.0.1:11434' }],
  ['SMTP_URL', { SMTP_URL: 'http://user:hidden-word@localhost' }],
  ['MAIL_FROM', { MAIL_FROM: 'Parley' }],
  ['MAIL_FROM', { MAIL_FROM: 'Parley\nBcc: x <parley@localhost>' }],
  ['MODEL_CONNECT_TIMEOUT_MS', { MODEL_CONNECT_TIMEOUT_MS: '10s' }],
  ['MODEL_FIRST_TOKEN_TIMEOUT_MS', { MODEL_FIRST_TOKEN_TIMEOUT_MS: '1' }],
  ['MODEL_IDLE_TIMEOUT_MS', { MODEL_IDLE_TIMEOUT_MS: '99999999' }],
  ['MODEL_TOTAL_TIMEOUT_MS', { MODEL_TOTAL_TIMEOUT_MS: '5000', MODEL_FIRST_TOKEN_TIMEOUT_MS: '6000' }],
  ['RUN_FLUSH_MS', { RUN_FLUSH_MS: '1001' }],
  ['RUN_EVENT_HOURS', { RUN_EVENT_HOURS: '0' }],
  ['SHUTDOWN_GRACE_SECONDS', { SHUTDOWN_GRACE_SECONDS: '601' }],
  ['DEMO_WORDS_PER_SECOND', { DEMO_WORDS_PER_SECOND: '0' }],
];

describe('a configuration', () => {
  test.each(broken)('%s is refused with its remedy: %j', (variable, environment) => {
    const lines = faultsOf({ DATA_DIR: sharedDir, ...environment });
    expect(lines).toHaveLength(1);
    // The variable, what is wrong with it, and after the semicolon what to do.
    expect(lines[0]).toMatch(new RegExp(`^${variable} (is|has|names) [^\\n]+; [^\\n]{8,}$`));
    expect(lines[0]).not.toContain('hidden-word');
  });

  test('has one line for each fault', () => {
    const lines = faultsOf({ PORT: 'x', LOG_LEVEL: 'x', EGRESS_ALLOW: 'x' });
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['PORT', 'LOG_LEVEL', 'EGRESS_ALLOW']);
  });

  test('needs nothing to be set, and takes blanks around a value for nothing', () => {
    const config = readConfig({ PORT: ' 4000 ', HOST: '', METRICS_TOKEN: ' ' });
    expect(config).toMatchObject({
      port: 4000,
      host: '127.0.0.1',
      metricsToken: null,
      roles: ['api', 'worker', 'realtime'],
    });
    expect(config.publicUrl).toBe('http://localhost:4000');
    expect(config.secureCookies).toBe(false);
    expect(readConfig({ PUBLIC_URL: 'https://parley.example.org' }).secureCookies).toBe(true);
  });

  test('does not print its secrets', () => {
    const config = readConfig({ OPENAI_API_KEY: 'sk-hidden-word', SMTP_URL: 'smtp://a:hidden-word@localhost' });
    expect(`${JSON.stringify(config)} ${String(config.environmentKeys.openai)}`).not.toContain('hidden-word');
    expect(config.environmentKeys.openai?.reveal()).toBe('sk-hidden-word');
  });
});

interface Running {
  child: ChildProcess;
  port: number;
  errors(): string[];
  output(): string;
  ready: Promise<boolean>;
  ended: Promise<number | null>;
}

const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
});

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

const launch = async (environment: Record<string, string>): Promise<Running> => {
  const port = Number(environment.PORT ?? (await freePort()));
  const child = spawn(process.execPath, [entry], {
    // Not where somebody's .env may be.
    cwd: folder,
    env: { PATH: process.env.PATH, PORT: String(port), LOG_LEVEL: 'info', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  let [errors, output] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) =>
    child.on('close', (code) => {
      children.delete(child);
      resolve(code);
    }),
  );
  const ready = new Promise<boolean>((resolve) => {
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
      if (errors.includes('Parley is ready')) resolve(true);
    });
    void ended.then(() => resolve(false));
  });
  return { child, port, errors: () => errors.split('\n').filter(Boolean), output: () => output, ready, ended };
};

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });

const lockFile = join(sharedDir, 'parley.lock');

describe('the server process', { timeout: 120_000 }, () => {
  test.each([
    [['PORT'], { PORT: 'x' }],
    [['MASTER_KEY'], { DATABASE_URL: 'postgres://localhost/parley' }],
    [['DATA_DIR'], { DATA_DIR: aFile }],
    [['HOST', 'LOG_LEVEL', 'RUN_FLUSH_MS'], { HOST: '?', LOG_LEVEL: '?', RUN_FLUSH_MS: '?' }],
  ])('ends with 1 and one line for each of %j, and touches nothing', async (variables, environment) => {
    const dataDir = join(folder, 'untouched');
    const port = await freePort();
    const server = await launch({ PORT: String(port), DATA_DIR: dataDir, ...environment });
    expect(await server.ended).toBe(1);
    expect(server.errors().map((line) => line.split(' ').slice(0, 2))).toEqual(
      variables.map((variable) => ['parley:', variable]),
    );
    expect(existsSync(dataDir)).toBe(false);
    expect(await isListening(port)).toBe(false);
  });

  test('says in one line that PostgreSQL does not answer', async () => {
    const url = `postgres://user:hidden-word@127.0.0.1:${await freePort()}/parley`;
    const server = await launch({ DATABASE_URL: url, MASTER_KEY: masterKey, DATA_DIR: join(folder, 'untouched') });
    expect(await server.ended).toBe(1);
    const refusals = server.errors().filter((line) => !line.startsWith('Opening'));
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toMatch(/^parley: DATABASE_URL .+; .+/);
    expect(refusals[0]).not.toContain('hidden-word');
  });

  test('serves, keeps others off its data directory, and stops in order on SIGTERM', async () => {
    const first = await launch({ DATA_DIR: sharedDir, SHUTDOWN_GRACE_SECONDS: '1' });
    expect(await first.ready, first.errors().join('\n')).toBe(true);
    const health = await fetch(`http://127.0.0.1:${first.port}/readyz`);
    expect(health.status).toBe(200);
    expect(first.errors().at(-1)).toBe(`Parley is ready: http://localhost:${first.port}`);

    const second = await launch({ DATA_DIR: sharedDir });
    expect(await second.ended).toBe(1);
    const refusal = second.errors().at(-1);
    expect(refusal).toMatch(
      new RegExp(`^parley: DATA_DIR .+ Parley at http://localhost:${first.port} \\(process ${first.child.pid} .+; .+`),
    );
    expect(second.errors().filter((line) => line.startsWith('parley:'))).toHaveLength(1);
    expect((await fetch(`http://127.0.0.1:${first.port}/readyz`)).status).toBe(200);

    // Neither a browser that keeps its connection open nor one that never ends its request holds the server up.
    const open = ['', 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n', 'POST /v1/auth/sign-in HTTP/1.1\r\nhost: x\r\n'];
    const sockets = open.map(() => connect(first.port, '127.0.0.1').on('error', () => {}));
    await Promise.all(
      sockets.map((socket, index) => new Promise((resolve) => void socket.write(open[index]!, resolve))),
    );
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    for (const socket of sockets) socket.destroy();
    expect(first.output()).toContain('"signal":"SIGTERM","msg":"stopping"');
    expect(first.output()).not.toContain('could not stop in order');
    expect(existsSync(lockFile)).toBe(false);
    expect(await isListening(first.port)).toBe(false);
  });

  test('says in one line that the port is taken, and lets go of the data directory', async () => {
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(0, '127.0.0.1', resolve));
    const port = String((occupant.address() as AddressInfo).port);
    const server = await launch({ DATA_DIR: sharedDir, PORT: port });
    expect(await server.ended).toBe(1);
    expect(server.errors().filter((line) => !line.startsWith('Opening') && !line.startsWith('Database'))).toEqual([
      `parley: PORT ${port} is taken on 127.0.0.1; stop what listens there or set another PORT`,
    ]);
    expect(existsSync(lockFile)).toBe(false);
    await new Promise((resolve) => occupant.close(resolve));
  });

  test('starts again after it was killed, over the lock that it left', async () => {
    const killed = await launch({ DATA_DIR: sharedDir });
    expect(await killed.ready, killed.errors().join('\n')).toBe(true);
    killed.child.kill('SIGKILL');
    await killed.ended;
    expect(existsSync(lockFile)).toBe(true);
    const again = await launch({ DATA_DIR: sharedDir });
    expect(await again.ready, again.errors().join('\n')).toBe(true);
    again.child.kill('SIGINT');
    expect(await again.ended).toBe(0);
  });

  test('tells the port it really listens on when it was free to choose', async () => {
    const server = await launch({ DATA_DIR: sharedDir, PORT: '0' });
    expect(await server.ready, server.errors().join('\n')).toBe(true);
    const address = /ready: (\S+)/.exec(server.errors().at(-1)!)![1]!;
    expect(Number(new URL(address).port)).toBeGreaterThan(0);
    expect((await fetch(new URL('/healthz', address))).status).toBe(200);
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
  });
});
