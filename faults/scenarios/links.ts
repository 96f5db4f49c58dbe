import { setTimeout as pause } from 'node:timers/promises';
import type { Link } from '../cluster/link.ts';
import { underLoad } from '../load/under-load.ts';
import type { Scenario, Stage } from '../stage.ts';

const breaks: { name: string; strike(link: Link): void; lastsMs: number }[] = [
  { name: 'cut', strike: (link) => link.cut(), lastsMs: 2_000 },
  { name: 'reset', strike: (link) => link.reset(), lastsMs: 500 },
  { name: 'held', strike: (link) => link.hold(), lastsMs: 4_000 },
  { name: 'held on the way there', strike: (link) => link.hold(['there']), lastsMs: 3_000 },
  { name: 'held on the way back', strike: (link) => link.hold(['back']), lastsMs: 3_000 },
  { name: 'half-open', strike: (link) => link.forget(), lastsMs: 2_000 },
  { name: 'slow', strike: (link) => link.delay(150), lastsMs: 3_000 },
  { name: 'narrow', strike: (link) => link.throttle(20_000), lastsMs: 3_000 },
];

/** Breaks one kind of link after the other way, each time at another node; in the short form some of the ways. */
const breakLinks = async (stage: Stage, linksOf: () => Link[], inShort: readonly string[]): Promise<void> => {
  const { random, long, fault } = stage;
  const wanted = long ? breaks : breaks.filter(({ name }) => inShort.includes(name));
  await underLoad(
    stage,
    { writers: 5, turns: long ? 8 : 3, model: 'words-60-pace-20', stops: 0.15, repeats: 0.15 },
    async () => {
      for (const { name, strike, lastsMs } of random.shuffle(wanted)) {
        const link = random.pick(linksOf());
        await pause(random.integer(200, 800));
        fault(`${link.name}: ${name}`);
        strike(link);
        await pause(lastsMs);
        link.heal();
        fault(`${link.name}: healed`);
      }
    },
  );
};

const scenario = (
  name: string,
  shapes: Scenario['shapes'],
  linksOf: (stage: Stage) => (Link | null)[],
  ways: readonly string[],
  short: Scenario['short'],
): Scenario => ({
  name,
  about: 'cut, reset, held in either way, half-open, slow and narrow, under load',
  shapes,
  short,
  play: (stage) => breakLinks(stage, () => linksOf(stage).filter((link) => link !== null), ways),
});

export const clientLinks = scenario(
  'client-links',
  ['three', 'one', 'embedded'],
  ({ cluster }) => cluster.nodes.map((node) => node.links.clients),
  ['cut', 'half-open', 'narrow'],
  ['embedded'],
);

export const databaseLinks = scenario(
  'database-links',
  ['three', 'one'],
  ({ cluster }) => cluster.nodes.map((node) => node.links.database),
  ['cut', 'held', 'held on the way back', 'half-open'],
  ['three'],
);

export const redisLinks = scenario(
  'redis-links',
  ['three'],
  ({ cluster }) => cluster.nodes.map((node) => node.links.redis),
  ['cut', 'held', 'half-open'],
  [],
);

export const providerLink = scenario(
  'provider-link',
  ['one', 'embedded'],
  ({ cluster }) => [cluster.provider.link],
  ['cut', 'held', 'half-open', 'slow'],
  ['embedded'],
);
