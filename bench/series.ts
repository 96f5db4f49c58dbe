/** What one measure found for one target, a value for each round. */
export interface Series {
  measure: string;
  unit: string;
  target: string;
  values: number[];
}

/** Collects series by measure and target, and the errors, which come first. */
export interface Findings {
  add(measure: string, unit: string, target: string, ...values: number[]): void;
  fault(target: string, chats: number, errors: readonly string[]): void;
  /** Something to know that is no wrong answer. */
  note(target: string, text: string): void;
  series(): Series[];
  chats(): Map<string, { chats: number; errors: number }>;
  /** Some of the errors in words, and the notes. */
  faults(): string[];
}

const keptFaults = 10;

export const createFindings = (): Findings => {
  const all = new Map<string, Series>();
  const counts = new Map<string, { chats: number; errors: number }>();
  const faults: string[] = [];
  return {
    add(measure, unit, target, ...values) {
      const key = `${measure} ${target}`;
      const series = all.get(key) ?? { measure, unit, target, values: [] };
      series.values.push(...values);
      all.set(key, series);
    },
    fault(target, chats, errors) {
      const count = counts.get(target) ?? { chats: 0, errors: 0 };
      counts.set(target, { chats: count.chats + chats, errors: count.errors + errors.length });
      for (const error of errors) if (faults.length < keptFaults) faults.push(`${target}: ${error}`);
    },
    note: (target, text) => void faults.push(`${target}: ${text}`),
    series: () => [...all.values()],
    chats: () => counts,
    faults: () => faults,
  };
};

/** The value below which a share of the values lies. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)];
  const high = sorted[Math.ceil(at)];
  return low === undefined || high === undefined ? NaN : low + (high - low) * (at % 1);
};

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Median of the ratios of rounds that stand side by side. */
export const ratioTo = (values: readonly number[], yardstick: readonly number[]): number =>
  median(values.map((value, round) => value / (yardstick[round] ?? NaN)).filter((ratio) => !Number.isNaN(ratio)));
