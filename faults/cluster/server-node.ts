import { join } from 'node:path';
import { createLink, type Link } from './link.ts';
import { freePort, startProcess, type Process } from './processes.ts';

/** One server process with a link before it and one on each of its ways out. */
export interface ServerNode {
  readonly name: string;
  /** Where clients find it: through its link. */
  readonly url: string;
  /** Past its link. */
  readonly directUrl: string;
  readonly links: { clients: Link; database: Link | null; redis: Link | null };
  readonly dataDir: string;
  /** Starts and waits until it says that it is ready. */
  start(): Promise<void>;
  /** Starts without waiting. */
  launch(): void;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | NodeJS.Signals | null>;
  /** SIGSTOP: it holds everything open and does nothing. */
  freeze(): void;
  thaw(): void;
  isUp(): boolean;
  /** How often it ended without being told to. */
  deaths(): readonly string[];
  pid(): number;
  output(): string;
  close(): Promise<void>;
}

const startLimitMs = 60_000;

export const createServerNode = async (options: {
  name: string;
  serverFolder: string;
  dataDir: string;
  databasePort: number | null;
  redisPort: number | null;
  settings(ways: { database: number | null; redis: number | null }): Record<string, string>;
}): Promise<ServerNode> => {
  const { name } = options;
  const port = await freePort();
  const clients = await createLink(`clients-${name}`, { host: '127.0.0.1', port });
  const linkTo = async (what: string, to: number | null): Promise<Link | null> =>
    to === null ? null : createLink(`${what}-${name}`, { host: '127.0.0.1', port: to });
  const database = await linkTo('database', options.databasePort);
  const redis = await linkTo('redis', options.redisPort);
  const settings = {
    ...options.settings({ database: database?.port ?? null, redis: redis?.port ?? null }),
    PORT: String(port),
    DATA_DIR: options.dataDir,
  };
  const deaths: string[] = [];
  let server: Process | null = null;
  let before = '';
  let told = false;

  const launch = (): void => {
    if (server?.isAlive()) return;
    if (server) before = (before + server.output()).slice(-400_000);
    told = false;
    const own = startProcess(process.execPath, [join(options.serverFolder, 'src/main.ts')], settings);
    server = own;
    void own.exited.then((how) => {
      if (!told) deaths.push(`${name} ended by itself (${how}):\n${own.output().slice(-2_000)}`);
    });
  };
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | NodeJS.Signals | null> => {
    if (!server?.isAlive()) return null;
    told = true;
    server.signal(signal);
    if (signal === 'SIGKILL') server.signal('SIGCONT');
    return server.exited;
  };
  return {
    name,
    url: `http://127.0.0.1:${clients.port}`,
    directUrl: `http://127.0.0.1:${port}`,
    links: { clients, database, redis },
    dataDir: options.dataDir,
    launch,
    async start() {
      launch();
      await server!.says(/Parley is ready/, startLimitMs);
    },
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    freeze: () => server?.signal('SIGSTOP'),
    thaw: () => server?.signal('SIGCONT'),
    isUp: () => server?.isAlive() ?? false,
    deaths: () => deaths,
    pid: () => server?.pid ?? 0,
    output: () => before + (server?.output() ?? ''),
    async close() {
      await end('SIGKILL');
      for (const link of [clients, database, redis]) await link?.close();
    },
  };
};
