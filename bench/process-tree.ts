import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What a process and its children have used and hold. */
export interface TreeUse {
  cpuSeconds: number;
  rssBytes: number;
}

interface ProcessStat {
  pid: number;
  parent: number;
  cpuTicks: number;
  rssPages: number;
}

const systemNumber = (name: string): number => Number(spawnSync('getconf', [name], { encoding: 'utf8' }).stdout);

const ticksPerSecond = systemNumber('CLK_TCK') || 100;
const pageBytes = systemNumber('PAGESIZE') || 4096;

const readStat = (pid: number): ProcessStat | null => {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The command's name, in brackets, may hold blanks: count from behind it. Field 3 (state) is the first.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return { pid, parent: field(4), cpuTicks: field(14) + field(15) + field(16) + field(17), rssPages: field(24) };
};

const allStats = (): ProcessStat[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)) ?? []);

/** CPU seconds of one process, with those of its ended children; 0 when it is gone. */
export const cpuOf = (pid: number): number => (readStat(pid)?.cpuTicks ?? 0) / ticksPerSecond;

export const parentOf = (pid: number): number | null => readStat(pid)?.parent ?? null;

/** What the process and everything below it have used so far and hold now. */
export const readTree = (root: number): TreeUse => {
  const children = Map.groupBy(allStats(), (stat) => stat.parent);
  const first = readStat(root);
  const use = { cpuSeconds: 0, rssBytes: 0 };
  const queue = first ? [first] : [];
  for (let stat = queue.pop(); stat; stat = queue.pop()) {
    use.cpuSeconds += stat.cpuTicks / ticksPerSecond;
    use.rssBytes += stat.rssPages * pageBytes;
    queue.push(...(children.get(stat.pid) ?? []));
  }
  return use;
};
