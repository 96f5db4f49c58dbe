import { describe, expect, inject, it } from 'vitest';
import { createClient, type RunEvent } from '@parley/sdk';
import { textOf } from '../../testing/builders.ts';
import { fakeText } from '../../testing/fake-model.ts';
import { startNodes, type Node, type Person } from '../../testing/nodes.ts';

const missing = inject('template').url ? null : 'several nodes need TEST_DATABASE_URL';

/** A client whose every request goes to the next node, as a proxy without sticky sessions sends it. */
const roundRobin = (nodes: readonly Node[], person: Person) => {
  let turn = 0;
  const fetchNext = (input: Request | string | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    turn += 1;
    return person.visitor.fetch(new Request(`${nodes[turn % nodes.length]!.url}${url.pathname}${url.search}`, request));
  };
  return createClient({ baseUrl: nodes[0]!.url, fetch: fetchNext as typeof fetch });
};

describe.skipIf(missing !== null)(`a rolling restart${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it('of three nodes under open streams shows no error to who reads them', async () => {
    await using all = await startNodes(3, { redis: false, settings: { SHUTDOWN_GRACE_SECONDS: '15' } });
    const alice = await all.person('alice');
    const [first] = all.nodes as [Node, Node, Node];
    const words = 250;
    const bot = await all.bot(alice.on(first), `words-${words}-pace-20`);
    const client = roundRobin(all.nodes, alice);
    const streams: Promise<RunEvent[]>[] = [];
    const follow = async (runId: string): Promise<RunEvent[]> => {
      const events: RunEvent[] = [];
      for await (const event of client.runs.stream(runId)) events.push(event);
      return events;
    };
    /** Asks each of the nodes something, and has every answer read by two over all nodes. */
    const ask = async (nodes: readonly Node[]): Promise<void> => {
      for (const node of nodes) {
        const conversation = await alice.on(node).conversations.create({ botId: bot.id });
        const { run } = await alice.on(node).conversations.send(conversation.id, { text: 'Go' });
        streams.push(follow(run.id), follow(run.id));
      }
    };
    await ask(all.nodes);
    for (const node of all.nodes) {
      const stopped = node.process.stop();
      await ask(all.nodes.filter((other) => other !== node));
      expect(await stopped).toBe(0);
      await node.start();
    }
    for (const events of await Promise.all(streams)) {
      expect(events.map((event) => event.seq)).toEqual(events.map((_event, index) => index + 1));
      expect(events.at(-1)).toMatchObject({ type: 'run-end', data: { status: 'completed' } });
      expect(textOf(events)).toBe(fakeText(words));
    }
    expect(streams).toHaveLength(18);
  }, 90_000);
});
