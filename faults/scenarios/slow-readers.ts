import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { Scenario } from '../stage.ts';

const rssMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** Asks for the events and never reads what comes. */
const stuckReader = (url: URL, run: string, headers: Record<string, string>): Socket => {
  const socket = connect(Number(url.port), url.hostname);
  const lines = Object.entries({ host: url.host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('error', () => {});
  socket.pause();
  socket.write(`GET /v1/runs/${run}/events HTTP/1.1\r\n${lines.join('')}\r\n`);
  return socket;
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** Readers that do not read must not cost the others their time, nor the server its memory. */
export const slowReaders: Scenario = {
  name: 'slow-readers',
  about: '250 readers that do not read beside 200 that do',
  shapes: ['one', 'embedded'],
  short: ['embedded'],
  async play({ cluster, people, long, fault, broken }) {
    const [readers, stuck, words] = long ? [200, 250, 150_000] : [40, 50, 60_000];
    const [node] = cluster.nodes;
    const chat = await people.chat(`words-${words}-hold-after-1`, { ownProvider: true });
    const round = async (withStuck: boolean): Promise<number> => {
      const sent = await people.write(chat);
      const sockets = withStuck
        ? Array.from({ length: stuck }, () => stuckReader(new URL(node!.directUrl), sent!.run, cluster.account.headers))
        : [];
      const viewings = Array.from({ length: readers }, () => people.view(sent!.run, { direct: true }));
      await Promise.all(viewings.map((viewing) => viewing.reads(2)));
      const began = performance.now();
      cluster.provider.fake.release();
      const times = await Promise.all(viewings.map(({ done }) => done.then(() => performance.now() - began)));
      for (const socket of sockets) socket.destroy();
      if (viewings[0]!.status() !== 'completed') broken(`the run is ${viewings[0]!.status()}`);
      return median(times);
    };
    await round(false);
    const before = rssMiB(node!.pid());
    const alone = await round(false);
    fault(`${stuck} readers that do not read`);
    const beside = await round(true);
    const grown = rssMiB(node!.pid()) - before;
    // A second more: both are short, and the machine is not ours alone.
    if (beside > 2 * alone + 1_000)
      broken(`readers took ${Math.round(beside)} ms beside stuck ones, ${Math.round(alone)} ms without`);
    const allowed = 150 + stuck * 0.75;
    if (grown > allowed) broken(`${stuck} stuck readers cost ${Math.round(grown)} MiB; ${allowed} are allowed`);
  },
};
