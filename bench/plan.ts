import { parseArgs } from 'node:util';

export const measureNames = ['memory', 'chats', 'paced', 'first-token', 'throughput'] as const;
export type MeasureName = (typeof measureNames)[number];

/** How much of everything one run of the suite does. */
export interface Plan {
  mode: 'short' | 'default' | 'long';
  measures: readonly MeasureName[];
  /** Names of targets to leave in; empty for all. */
  targets: readonly string[];
  /** Folder for CPU profiles of our servers, or null. */
  profileDir: string | null;
  users: number;
  conversationsPerUser: number;
  warmUpMs: number;
  concurrency: number;
  rounds: number;
  roundMs: number;
  pacedRounds: number;
  pacedStreams: number;
  pacedWords: number;
  firstTokenChats: number;
  memoryStreams: number;
  throughputStreams: number;
  throughputHoldMs: number;
  /** No measure may take longer. */
  limitMs: number;
}

type Amounts = Omit<Plan, 'mode' | 'measures' | 'targets' | 'profileDir'>;

const amounts: Record<Plan['mode'], Amounts> = {
  short: {
    users: 2,
    conversationsPerUser: 2,
    warmUpMs: 300,
    concurrency: 16,
    rounds: 2,
    roundMs: 700,
    pacedRounds: 1,
    pacedStreams: 25,
    pacedWords: 50,
    firstTokenChats: 15,
    memoryStreams: 50,
    throughputStreams: 100,
    throughputHoldMs: 2_000,
    limitMs: 60_000,
  },
  default: {
    users: 8,
    conversationsPerUser: 4,
    warmUpMs: 3_000,
    concurrency: 16,
    rounds: 5,
    roundMs: 3_000,
    pacedRounds: 3,
    pacedStreams: 100,
    pacedWords: 200,
    firstTokenChats: 150,
    memoryStreams: 200,
    throughputStreams: 1_000,
    throughputHoldMs: 6_000,
    limitMs: 600_000,
  },
  long: {
    users: 8,
    conversationsPerUser: 8,
    warmUpMs: 5_000,
    concurrency: 16,
    rounds: 9,
    roundMs: 6_000,
    pacedRounds: 5,
    pacedStreams: 100,
    pacedWords: 200,
    firstTokenChats: 400,
    memoryStreams: 1_000,
    throughputStreams: 1_000,
    throughputHoldMs: 8_000,
    limitMs: 1_800_000,
  },
};

export const usage = `npm run bench -- [--short | --long] [--only <measure>[,…]] [--targets <name>[,…]] [--profile <folder>]
  measures: ${measureNames.join(', ')} (throughput only with --long or --only)
  targets:  direct, nginx, pass-through, postgres, embedded`;

const list = (text: string | undefined): string[] => (text ? text.split(',').map((item) => item.trim()) : []);

const isMeasure = (name: string): name is MeasureName => measureNames.includes(name as MeasureName);

/** Reads the command line; throws with one sentence when it cannot be used. */
export const readPlan = (argv: readonly string[]): Plan => {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      short: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      only: { type: 'string' },
      targets: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  if (values.short && values.long) throw new Error('choose one of --short and --long');
  const mode = values.short ? 'short' : values.long ? 'long' : 'default';
  const only = list(values.only);
  const unknown = only.find((name) => !isMeasure(name));
  if (unknown !== undefined) throw new Error(`there is no measure ${unknown}`);
  const measures =
    only.length > 0
      ? measureNames.filter((name) => only.includes(name))
      : measureNames.filter((name) => mode === 'long' || name !== 'throughput');
  return { mode, measures, targets: list(values.targets), profileDir: values.profile ?? null, ...amounts[mode] };
};
