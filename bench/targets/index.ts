import { fileURLToPath } from 'node:url';
import type { Cleanup } from '../cleanup.ts';
import type { Plan } from '../plan.ts';
import type { StartProcess } from '../processes.ts';
import { startNginx } from './nginx.ts';
import { startParley } from './parley.ts';
import { createBenchDatabase } from './postgres.ts';
import { createRawTarget } from './raw.ts';
import type { Target } from './target.ts';

const fakeModel = fileURLToPath(new URL('../../server/src/testing/fake-model.ts', import.meta.url));
const passThrough = fileURLToPath(new URL('../pass-through.ts', import.meta.url));
const ready = /"url":"([^"]+)"/;

/** Starts everything that is compared, in the order of the table; says what is missing on this machine. */
export const startTargets = async (options: {
  start: StartProcess;
  folder: string;
  cleanup: Cleanup;
  plan: Plan;
  say: (line: string) => void;
}): Promise<Target[]> => {
  const { start, folder, cleanup, plan, say } = options;
  const wanted = (name: string): boolean => plan.targets.length === 0 || plan.targets.includes(name);
  const targets: Target[] = [];
  const add = (target: Target | null, missing: string): void => {
    if (target) targets.push(target);
    else say(missing);
  };

  const command = process.execPath;
  const fake = await start({ name: 'fake model', use: 'load', command, argv: [fakeModel, '--port', '0'], ready });
  const fakeUrl = fake.match[1]!;
  if (wanted('direct')) add(createRawTarget('direct', fakeUrl, null), '');
  if (wanted('nginx')) add(await startNginx(start, folder, fakeUrl), 'nginx is not installed: left out');
  if (wanted('pass-through')) {
    const { pid, match } = await start({
      name: 'pass-through',
      use: 'server',
      command,
      argv: [passThrough, fakeUrl],
      ready,
    });
    add(createRawTarget('pass-through', match[1]!, pid), '');
  }
  if (wanted('postgres')) {
    const database = await createBenchDatabase(cleanup);
    const target = database && (await startParley({ name: 'postgres', start, folder, fakeUrl, database, plan }));
    add(target, 'PostgreSQL does not answer (BENCH_DATABASE_URL): left out');
  }
  if (wanted('embedded'))
    add(await startParley({ name: 'embedded', start, folder, fakeUrl, database: null, plan }), '');
  cleanup.add('closing connections', async () => {
    await Promise.all(targets.map((target) => target.pool.destroy()));
  });
  return targets;
};
