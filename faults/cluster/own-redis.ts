import { spawnSync } from 'node:child_process';
import { freePort, startProcess, type Process } from './processes.ts';

/** A Redis server of our own, that may be killed. */
export interface OwnRedis {
  port: number;
  start(): Promise<void>;
  kill(): Promise<void>;
}

/** Why there can be none here, or null. */
export const redisMissing = (): string | null =>
  spawnSync('redis-server', ['--version']).status === 0 ? null : 'no redis-server in PATH';

export const startOwnRedis = async (): Promise<OwnRedis> => {
  const port = await freePort();
  let server: Process | null = null;
  const start = async (): Promise<void> => {
    if (server?.isAlive()) return;
    server = startProcess('redis-server', [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
    ]);
    await server.says(/Ready to accept connections/, 10_000);
  };
  await start();
  return {
    port,
    start,
    async kill() {
      server?.signal('SIGKILL');
      await server?.exited;
    },
  };
};
