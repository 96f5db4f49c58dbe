import type { Cluster, ClusterOptions, Shape } from './cluster/cluster.ts';
import type { History } from './history.ts';
import type { People } from './load/people.ts';
import type { Random } from './random.ts';

/** What a scenario plays with. */
export interface Stage {
  cluster: Cluster;
  people: People;
  random: Random;
  history: History;
  /** The suite runs in its long form. */
  long: boolean;
  /** Notes that a fault begins (or ends), for who reads the history. */
  fault(what: string): void;
  /** Notes something that no invariant covers and that must not be. */
  broken(what: string): void;
}

/** A fault, and the load under which it strikes. What must hold afterwards is the same for all: the checker. */
export interface Scenario {
  name: string;
  /** What is done, in a sentence. */
  about: string;
  shapes: readonly Shape[];
  /** Where it is played in the short form too; elsewhere only with `--long` or `--only`. */
  short: readonly Shape[];
  /** Its cluster differs from the usual one. */
  cluster?: Omit<ClusterOptions, 'shape' | 'serverFolder'>;
  /** Why it cannot be played here, or null. */
  missing?(): string | null;
  play(stage: Stage): Promise<void>;
}
