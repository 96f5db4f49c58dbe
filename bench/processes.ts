import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createServer, type AddressInfo } from 'node:net';
import type { Cleanup } from './cleanup.ts';
import type { Cores, CoreUse } from './cores.ts';

export interface Started {
  pid: number;
  /** What `ready` matched. */
  match: RegExpExecArray;
}

export interface ProcessSpec {
  name: string;
  use: CoreUse;
  command: string;
  argv: readonly string[];
  environment?: Record<string, string>;
  /** A line on stdout or stderr that says the process can be used. */
  ready: RegExp;
  /** File descriptor for stdout instead of watching it. */
  stdout?: number;
}

export type StartProcess = (spec: ProcessSpec) => Promise<Started>;

const startLimitMs = 60_000;
const stopLimitMs = 10_000;

/**
 * Starts processes on their cores, with nothing of this environment but the bare minimum, and stops them in the end.
 * `lost` is told when one ends by itself after it was ready.
 */
export const createStarter =
  (cores: Cores, cleanup: Cleanup, lost: (error: Error) => void): StartProcess =>
  async ({ name, use, command, argv, environment = {}, ready: readyLine, stdout }) => {
    const [pinnedCommand, pinnedArgv] = cores.pinned(use, command, argv);
    const child = spawn(pinnedCommand, pinnedArgv, {
      stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    });
    const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
    let stopping = false;
    cleanup.add(`stopping ${name}`, async () => {
      stopping = true;
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
      await gone;
      clearTimeout(timer);
    });
    const started = Promise.withResolvers<Started>();
    const lastLines: string[] = [];
    let ready = false;
    const fail = (why: string): void => {
      const error = new Error([`${name} ${why}`, ...lastLines].join('\n'));
      if (ready && !stopping) lost(error);
      started.reject(error);
    };
    const watch = (line: string): void => {
      lastLines.push(line);
      if (lastLines.length > 40) lastLines.shift();
      const match = readyLine.exec(line);
      if (!match) return;
      ready = true;
      started.resolve({ pid: child.pid!, match });
    };
    for (const stream of [child.stdout, child.stderr]) if (stream) createInterface({ input: stream }).on('line', watch);
    child.once('error', (error) => fail(`could not be started (${error.message})`));
    child.once('close', (code, signal) => fail(`ended (${signal ?? code})`));
    const timer = setTimeout(() => fail('was not ready in time'), startLimitMs);
    try {
      return await started.promise;
    } finally {
      clearTimeout(timer);
    }
  };

/** A port that is free now, for programs that cannot choose one and say which. */
export const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};
