import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** A process of the cluster. */
export interface Process {
  pid: number;
  /** What it printed last. */
  output(): string;
  isAlive(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with exit code or signal. */
  exited: Promise<number | NodeJS.Signals | null>;
  /** Resolves when a line matched; rejects with the output when the process ends or takes too long. */
  says(line: RegExp, limitMs: number): Promise<void>;
}

const keptOutput = 400_000;
const running = new Set<ChildProcess>();

/** Whatever still runs when the suite ends, however it ends. */
export const killAll = (): void => {
  for (const child of running) child.kill('SIGKILL');
};
process.once('exit', killAll);

export const startProcess = (
  command: string,
  argv: readonly string[],
  environment: Record<string, string> = {},
): Process => {
  const child = spawn(command, argv, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let output = '';
  const waiting = new Set<() => void>();
  const read = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-keptOutput);
    for (const look of waiting) look();
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  child.on('error', (error) => read(Buffer.from(`${command}: ${error.message}\n`)));
  const exited = once(child, 'exit').then(
    ([code, signal]) => (signal ?? code) as number | NodeJS.Signals | null,
    () => null,
  );
  void exited.then(() => running.delete(child));
  return {
    pid: child.pid ?? 0,
    output: () => output,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    signal: (signal) => void child.kill(signal),
    exited,
    async says(line, limitMs) {
      const found = Promise.withResolvers<void>();
      const look = (): void => void (line.test(output) && found.resolve());
      waiting.add(look);
      const timer = setTimeout(() => found.reject(new Error(`${command} took too long:\n${output}`)), limitMs);
      void exited.then((code) => found.reject(new Error(`${command} ended (${code}):\n${output}`)));
      look();
      try {
        await found.promise;
      } finally {
        clearTimeout(timer);
        waiting.delete(look);
      }
    },
  };
};

/** A port that is free now, for programs that cannot choose one and say which. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};
