import { setTimeout as pause } from 'node:timers/promises';
import { ask } from '../load/request.ts';
import type { Scenario } from '../stage.ts';

const nobodysRun = '01900000-0000-7000-8000-000000000000';

/** What is sent instead of a number that was seen, and how it has to be refused. */
const wrongPlaces: { run?: string; id?: string; after?: string; status: number }[] = [
  { id: 'x', status: 400 },
  { id: '-1', status: 400 },
  { id: '1.5', status: 400 },
  { id: '0x1', status: 400 },
  { id: '999999999', status: 400 },
  { id: '99999999999999999999', status: 400 },
  { after: '-1', status: 400 },
  { after: 'NaN', status: 400 },
  { after: '100000', status: 400 },
  { run: nobodysRun, id: '1', status: 404 },
  { run: nobodysRun, status: 404 },
  { run: 'not-an-id', status: 400 },
];

/** Tabs that come and go, on any node, while others ask nonsense. */
export const restlessViewers: Scenario = {
  name: 'restless-viewers',
  about: '20 viewers of each run who reconnect at random, beside garbage, future, foreign and negative event ids',
  shapes: ['three', 'one', 'embedded'],
  short: ['three'],
  async play({ cluster, people, random, long, broken }) {
    const chats = await Promise.all(
      Array.from({ length: long ? 4 : 1 }, () => people.chat(`words-${long ? 600 : 200}-pace-15`)),
    );
    const runs = (await Promise.all(chats.map((chat) => people.write(chat)))).map((sent) => sent!.run);
    const viewings = runs.flatMap((run) => Array.from({ length: 20 }, () => people.view(run, { restless: true })));
    const all = Promise.all(viewings.map(({ done }) => done)).then(() => true);
    const until = performance.now() + (long ? 60_000 : 20_000);
    while (!(await Promise.race([all, pause(20, false)])) && performance.now() < until) {
      const place = random.pick(wrongPlaces);
      const node = random.pick(cluster.nodes);
      const query = place.after === undefined ? '' : `?after=${place.after}`;
      const { status } = await ask(`${node.url}/v1/runs/${place.run ?? random.pick(runs)}/events${query}`, {
        headers: { ...cluster.account.headers, ...(place.id === undefined ? {} : { 'last-event-id': place.id }) },
      });
      if (status !== place.status) broken(`${JSON.stringify(place)} was answered with ${status}`);
    }
  },
};
