import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const mainFile = fileURLToPath(new URL('../main.ts', import.meta.url));

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

export interface ServerProcess {
  url: string;
  /** Resolves when the server says that it is ready; rejects with its output when it ends before. */
  ready: Promise<void>;
  child: ChildProcess;
  /** What it printed so far. */
  output(): string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** The real server as a process of its own, on its way up. */
export const launchServer = (settings: Record<string, string>): ServerProcess => {
  const child = spawn(process.execPath, [mainFile], {
    env: { PATH: process.env.PATH, LOG_LEVEL: 'warn', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exited = once(child, 'exit');
  const ready = new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes('Parley is ready')) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void exited.then(() => reject(new Error(`the server ended before it was ready:\n${output}`)));
  });
  ready.catch(() => {});
  return {
    ready,
    url: `http://localhost:${settings.PORT}`,
    child,
    output: () => output,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
  };
};

/** The real server as a process of its own, ready. */
export const startServer = async (settings: Record<string, string>): Promise<ServerProcess> => {
  const server = launchServer(settings);
  await server.ready;
  return server;
};
