/** The benchmark suite; see docs/performance.md. Everything it starts listens on 127.0.0.1 only. */
import { spawnSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCleanup } from './cleanup.ts';
import { takeCores } from './cores.ts';
import { measures } from './measures/index.ts';
import { readPlan, usage, type Plan } from './plan.ts';
import { createStarter } from './processes.ts';
import { createFindings, type Findings } from './series.ts';
import { printTable } from './table.ts';
import { startTargets } from './targets/index.ts';

const resultsFolder = fileURLToPath(new URL('results', import.meta.url));
const startLimitMs = 180_000;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Rejects when a process ends that should not. */
const lost = Promise.withResolvers<never>();
lost.promise.catch((error: Error) => say(error.message));

const within = async <T>(what: string, ms: number, work: Promise<T>): Promise<T> => {
  const tooLate = Promise.withResolvers<never>();
  const timer = setTimeout(() => tooLate.reject(new Error(`${what} took longer than ${ms / 1000} s`)), ms);
  try {
    return await Promise.race([work, tooLate.promise, lost.promise]);
  } finally {
    clearTimeout(timer);
  }
};

const commit = (): string | null => {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const { status, stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
};

const keep = (plan: Plan, pinned: boolean, record: Findings): string => {
  mkdirSync(resultsFolder, { recursive: true });
  const at = new Date().toISOString();
  const file = join(resultsFolder, `${at.replaceAll(':', '-').slice(0, 19)}-${plan.mode}.json`);
  const { model } = cpus()[0] ?? { model: 'unknown' };
  const machine = { cpu: model, cores: cpus().length, memoryMiB: Math.round(totalmem() / 1024 ** 2), pinned };
  const results = { chats: Object.fromEntries(record.chats()), faults: record.faults(), series: record.series() };
  writeFileSync(
    file,
    JSON.stringify({ at, commit: commit(), node: process.version, machine, plan, ...results }, null, 2),
  );
  return file;
};

const cleanup = createCleanup();

const bench = async (plan: Plan): Promise<boolean> => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  cleanup.add('removing temporary files', () => rmSync(folder, { recursive: true, force: true }));
  const cores = takeCores();
  if (cores.of) say(`Servers on core ${cores.of.server}; load and fake model on core ${cores.of.load}.`);
  else say('One core or no taskset: nothing is pinned, so read the ratios with care.');
  say('Starting …');
  const record = createFindings();
  const start = createStarter(cores, cleanup, lost.reject);
  const targets = await within('starting', startLimitMs, startTargets({ start, folder, cleanup, plan, say }));
  for (const name of plan.measures) {
    say(`Measuring ${name} …`);
    await within(name, plan.limitMs, measures[name]({ targets, plan, record }));
  }
  process.stdout.write(`\n${printTable(record)}\n\n`);
  say(`Kept in ${keep(plan, cores.of !== null, record)}`);
  return [...record.chats().values()].every(({ errors }) => errors === 0);
};

let ending = false;
const end = async (code: number): Promise<void> => {
  ending = true;
  await cleanup.run();
  process.exit(code);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void end(130));
process.once('uncaughtException', (error) => {
  say(`bench: ${error.stack ?? String(error)}`);
  void end(1);
});

const plan = ((): Plan | null => {
  try {
    return readPlan(process.argv.slice(2));
  } catch (error) {
    say(`bench: ${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return null;
  }
})();
if (plan === null) process.exitCode = 2;
else
  await bench(plan).then(
    (clean) => end(clean ? 0 : 1),
    async (error: unknown) => {
      // A broken connection is often news of a process that has ended, which says why.
      await pause(300);
      if (ending) return;
      say(`bench: ${error instanceof Error ? error.message : String(error)}`);
      return end(1);
    },
  );
