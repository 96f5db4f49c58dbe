import type { Scenario } from '../stage.ts';

/** A client, a proxy and an impatient thumb send the same thing again, at the same time, everywhere. */
export const duplicatePosts: Scenario = {
  name: 'duplicate-posts',
  about: 'the same question with the same key 50 times at once, over all nodes, then once more when it is answered',
  shapes: ['three', 'one', 'embedded'],
  short: ['three', 'embedded'],
  async play({ cluster, people, long, broken }) {
    for (let round = 0; round < (long ? 10 : 3); round += 1) {
      const chat = await people.chat('words-20-pace-10');
      const [key, text] = [people.newKey(), people.newText()];
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_none, index) =>
          people.post(cluster.nodes[index % cluster.nodes.length]!, chat, key, text),
        ),
      );
      const statuses = new Set(answers.map(({ status }) => status));
      if (statuses.size > 1 || !statuses.has(201)) broken(`answered with ${[...statuses].join(', ')}`);
      const run = (answers[0]!.body as { run?: { id: string } }).run?.id;
      if (run !== undefined) await people.view(run).done;
      const late = await people.post(cluster.nodes[0]!, chat, key, text);
      if (late.headers['idempotent-replay'] !== 'true') broken('a late duplicate is not called a replay');
    }
  },
};
