/** The fault suite; see docs/reliability.md. Everything it starts listens on 127.0.0.1 only, and is its own. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCluster, type Cluster, type Shape } from './cluster/cluster.ts';
import { postgresMissing } from './cluster/own-postgres.ts';
import { readPlan, usage, type Plan } from './plan.ts';
import { play, type Played } from './play.ts';
import { scenarios } from './scenarios/index.ts';
import type { Scenario } from './stage.ts';
import { showTeeth } from './teeth.ts';

const resultsFolder = fileURLToPath(new URL('results', import.meta.url));
const say = (line: string): void => void process.stderr.write(`${line}\n`);

interface Part {
  scenario: Scenario;
  shape: Shape;
  seed: number;
}

const partsOf = (plan: Plan): Part[] => {
  const unknown = plan.only.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown !== undefined)
    throw new Error(`there is no scenario ${unknown}; there are ${scenarios.map(({ name }) => name).join(', ')}`);
  const isWanted = ({ name, shapes, short }: Scenario, shape: Shape): boolean => {
    if (plan.only.length > 0) return plan.only.includes(name) && shapes.includes(shape);
    return (plan.long ? shapes : short).includes(shape);
  };
  return plan.shapes.flatMap((shape) =>
    scenarios
      // The usual cluster serves all scenarios that do not ask for another one.
      .toSorted((a, b) => Number(a.cluster !== undefined) - Number(b.cluster !== undefined))
      .filter((scenario) => isWanted(scenario, shape))
      .flatMap((scenario) =>
        Array.from({ length: plan.times }, (_none, index) => ({ scenario, shape, seed: plan.seed + index })),
      ),
  );
};

const missing = ({ scenario, shape }: Part): string | null =>
  (shape === 'embedded' ? null : postgresMissing()) ?? scenario.missing?.() ?? null;

/** Keeps a cluster from one part to the next, where both can do with the usual one. */
const createLane = (plan: Plan) => {
  let cluster: Cluster | null = null;
  let kept: { shape: Shape; usual: boolean } | null = null;

  const close = async (): Promise<void> => {
    await cluster?.close();
    cluster = null;
  };
  const clusterFor = async ({ scenario, shape }: Part): Promise<Cluster> => {
    const usual = scenario.cluster === undefined;
    if (cluster && usual && kept?.usual && kept.shape === shape) return cluster;
    await close();
    kept = { shape, usual };
    const server = plan.serverFolder ? { serverFolder: plan.serverFolder } : {};
    cluster = await startCluster({ shape, ...scenario.cluster, ...server });
    return cluster;
  };
  return {
    close,
    /** Plays one part; a cluster that does not even start is a violation like any other. */
    async play(part: Part, file: string): Promise<Played> {
      try {
        return await play(part.scenario, await clusterFor(part), { seed: part.seed, long: plan.long, file });
      } catch (error) {
        const what = error instanceof Error ? error.message : String(error);
        return { violations: [{ invariant: 'the cluster starts', what }], summary: 'nothing was played', seconds: 0 };
      }
    },
  };
};

const lanes: ReturnType<typeof createLane>[] = [];

const report = (
  { scenario, shape, seed }: Part,
  { violations, summary, seconds }: Played,
  plan: Plan,
  file: string,
): void => {
  if (violations.length === 0) return say(`ok       ${scenario.name} on ${shape}: ${summary} (${seconds} s)`);
  say(`BROKEN   ${scenario.name} on ${shape} (${seconds} s, seed ${seed}): ${summary}`);
  for (const { invariant, what } of violations.slice(0, 12)) say(`  ${invariant}: ${what}`);
  if (violations.length > 12) say(`  … and ${violations.length - 12} more`);
  say(`  history: ${file}.jsonl`);
  say(
    `  again:   npm run faults -- --only ${scenario.name} --shape ${shape} --seed ${seed}${plan.long ? ' --long' : ''}`,
  );
};

const playInTurn = async (parts: readonly Part[], plan: Plan): Promise<boolean> => {
  const lane = createLane(plan);
  lanes.push(lane);
  let failed = 0;
  for (const part of parts) {
    const { scenario, shape, seed } = part;
    const why = missing(part);
    if (why !== null) {
      say(`skipped  ${scenario.name} on ${shape}: ${why}`);
      continue;
    }
    const file = join(resultsFolder, `${scenario.name}-${shape}-${seed}`);
    const played = await lane.play(part, file);
    report(part, played, plan, file);
    if (played.violations.length === 0) rmSync(`${file}.jsonl`);
    else {
      failed += 1;
      await lane.close();
    }
  }
  await lane.close();
  return failed === 0;
};

/** The embedded database beside PostgreSQL: most of the time goes by with waiting for leases and time limits. */
const playAll = async (plan: Plan): Promise<boolean> => {
  const turns = Map.groupBy(partsOf(plan), ({ shape }) => shape === 'embedded');
  const good = await Promise.all([...turns.values()].map((parts) => playInTurn(parts, plan)));
  return good.every((clean) => clean);
};

const end = async (code: number): Promise<never> => {
  await Promise.all(lanes.map((lane) => lane.close()));
  process.exit(code);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void end(130));

try {
  const plan = readPlan(process.argv.slice(2));
  say(`Seed ${plan.seed}.`);
  const good = plan.teeth ? showTeeth(plan.seed, plan.only) : await playAll(plan);
  await end(good ? 0 : 1);
} catch (error) {
  say(`faults: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n\n${usage}`);
  await end(2);
}
