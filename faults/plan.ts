import { parseArgs } from 'node:util';
import { shapes, type Shape } from './cluster/cluster.ts';

export interface Plan {
  long: boolean;
  seed: number;
  /** Names of scenarios; empty for all. */
  only: readonly string[];
  shapes: readonly Shape[];
  /** How often each scenario is played, each time with the next seed. */
  times: number;
  /** Another copy of the server's code. */
  serverFolder: string | null;
  teeth: boolean;
}

export const usage = `npm run faults -- [--long] [--seed <number>] [--only <scenario>[,…]] [--nodes 1|3] [--shape <shape>] [--times <number>]
  shapes: ${shapes.join(', ')}
npm run faults -- --teeth        shows that the suite catches seven known faults`;

const isShape = (name: string): name is Shape => shapes.includes(name as Shape);

const shapesFor = (nodes: string | undefined, shape: string | undefined): readonly Shape[] => {
  if (shape !== undefined) {
    if (!isShape(shape)) throw new Error(`there is no shape ${shape}`);
    return [shape];
  }
  if (nodes === undefined) return shapes;
  if (nodes !== '1' && nodes !== '3') throw new Error('--nodes is 1 or 3');
  return nodes === '3' ? ['three'] : ['embedded', 'one'];
};

const whole = (text: string, name: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} is a whole number`);
  return Number(text);
};

/** Reads the command line; throws with one sentence when it cannot be used. */
export const readPlan = (argv: readonly string[]): Plan => {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      long: { type: 'boolean', default: false },
      seed: { type: 'string' },
      only: { type: 'string' },
      nodes: { type: 'string' },
      shape: { type: 'string' },
      times: { type: 'string', default: '1' },
      server: { type: 'string' },
      teeth: { type: 'boolean', default: false },
    },
  });
  return {
    long: values.long,
    seed: values.seed === undefined ? 1 + Math.floor(Math.random() * 999_999) : whole(values.seed, 'seed'),
    only: values.only ? values.only.split(',').map((name) => name.trim()) : [],
    shapes: shapesFor(values.nodes, values.shape),
    times: whole(values.times, 'times'),
    serverFolder: values.server ?? null,
    teeth: values.teeth,
  };
};
