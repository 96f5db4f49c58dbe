import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { check, type Violation } from './checker/checker.ts';
import { answers, type Evidence } from './checker/evidence.ts';
import type { Cluster } from './cluster/cluster.ts';
import { createHistory } from './history.ts';
import { createPeople } from './load/people.ts';
import { createRandom, seedFor } from './random.ts';
import { gather, settle } from './settle.ts';
import type { Scenario, Stage } from './stage.ts';

export interface Played {
  violations: Violation[];
  /** How many runs ended how, and with how many events. */
  summary: string;
  seconds: number;
}

/** Of a scenario in the short form; the long one has five times as long. */
const limitMs = 120_000;

const within = async <T>(limit: number, work: Promise<T>): Promise<T> => {
  const timer = new AbortController();
  try {
    const tooLate = pause(limit, null, { signal: timer.signal }).then(() => {
      throw new Error(`took longer than ${limit / 1000} s`);
    });
    return await Promise.race([work, tooLate]);
  } finally {
    timer.abort();
  }
};

const summarise = (evidence: Evidence): string => {
  const statuses = Map.groupBy(answers(evidence), ({ run }) => run.status);
  const counts = [...statuses].map(([status, runs]) => `${runs.length} ${status}`);
  const events = [...evidence.logs.values()].reduce((sum, rows) => sum + rows.length, 0);
  return `${counts.join(', ') || 'no runs'}; ${events} events`;
};

const asViolation = (error: unknown): Violation[] => [
  {
    invariant: 'the scenario can be played',
    what: error instanceof Error ? (error.stack ?? error.message) : String(error),
  },
];

/** Plays one scenario on a cluster that is well, and judges it. */
export const play = async (
  scenario: Scenario,
  cluster: Cluster,
  options: { seed: number; long: boolean; file: string },
): Promise<Played> => {
  const history = createHistory(`${options.file}.jsonl`);
  const random = createRandom(seedFor(options.seed, scenario.name));
  const name = `${scenario.name}-${random.integer(1000, 9999)}-${Date.now().toString(36)}`;
  const people = createPeople({ cluster, history, random, name });
  cluster.provider.reset();
  const began = performance.now();
  const limit = limitMs * (options.long ? 5 : 1);
  const done = (violations: Violation[], summary = ''): Played => {
    people.dismiss();
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    if (violations.length > 0) {
      writeFileSync(`${options.file}.violations.json`, JSON.stringify(violations, null, 2));
      for (const node of cluster.nodes) writeFileSync(`${options.file}.${node.name}.log`, node.output());
    }
    return { violations, summary, seconds };
  };
  const stage: Stage = {
    cluster,
    people,
    random,
    history,
    long: options.long,
    fault: (what) => history.add({ op: 'fault', what }),
    broken: (what) => history.add({ op: 'broken-promise', what }),
  };
  try {
    const probes = await Promise.all(cluster.nodes.map(() => people.chat('words-3')));
    // What broke the play off is a violation; what was done and seen until then is judged all the same.
    const trouble = await within(limit, scenario.play(stage)).then(() => [], asViolation);
    await within(limit, settle(cluster, people, probes, history));
    const evidence = await within(limit, gather(cluster, history));
    return done([...trouble, ...check(evidence)], summarise(evidence));
  } catch (error) {
    return done(asViolation(error));
  }
};
