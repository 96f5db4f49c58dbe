import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** `server`: what is measured; `load`: the load and the fake model. */
export type CoreUse = 'server' | 'load';

export interface Cores {
  /** The core of each use; null when nothing is pinned. */
  of: Record<CoreUse, number> | null;
  /** The command line that runs a command on the core of its use. */
  pinned(use: CoreUse, command: string, argv: readonly string[]): [string, string[]];
}

const allowedCores = (): number[] => {
  const line = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  return line.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
};

/** Takes two cores when there are two and `taskset`, and moves this process to the one for the load. */
export const takeCores = (): Cores => {
  const [server, load] = allowedCores();
  if (server === undefined || load === undefined || spawnSync('taskset', ['--version']).error)
    return { of: null, pinned: (_use, command, argv) => [command, [...argv]] };
  const of = { server, load };
  spawnSync('taskset', ['-acp', String(load), String(process.pid)], { stdio: 'ignore' });
  return { of, pinned: (use, command, argv) => ['taskset', ['-c', String(of[use]), command, ...argv]] };
};
