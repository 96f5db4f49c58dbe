import type { Scenario } from '../stage.ts';

/** Three processes meet on an empty database, and one of them has to make the tables. */
export const firstStart: Scenario = {
  name: 'first-start',
  about: 'all processes start at once on an empty database',
  shapes: ['three'],
  short: ['three'],
  cluster: { together: true },
  async play({ cluster, people }) {
    const chat = await people.chat('words-10');
    for (const node of cluster.nodes) await people.write(chat, { at: node });
  },
};
