import type { Plan } from '../plan.ts';
import type { Findings } from '../series.ts';
import type { Target } from '../targets/target.ts';

export interface Bench {
  targets: readonly Target[];
  plan: Plan;
  record: Findings;
}

export type Measure = (bench: Bench) => Promise<void>;
