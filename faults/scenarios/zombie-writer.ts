import { setTimeout as pause } from 'node:timers/promises';
import type { Scenario } from '../stage.ts';

/** Longer than a lease, with time for the others to sweep. */
const frozenMs = 19_000;

/** A process that was thought dead wakes up and wants to go on writing. */
export const zombieWriter: Scenario = {
  name: 'zombie-writer',
  about: 'SIGSTOP of a process beyond the lease of its runs, then SIGCONT',
  shapes: ['three'],
  short: ['three'],
  async play({ cluster, people, random, fault, broken }) {
    const victim = random.pick(cluster.nodes);
    const others = cluster.nodes.filter((node) => node !== victim);
    const chats = await Promise.all(Array.from({ length: 4 }, () => people.chat('words-400-pace-60')));
    const sent = await Promise.all(chats.map((chat) => people.write(chat, { at: victim })));
    const viewings = sent.map((one) => people.view(one!.run, { at: random.pick(others) }));
    await Promise.all(viewings.map((viewing) => viewing.reads(50)));
    fault(`SIGSTOP of ${victim.name}`);
    victim.freeze();
    await pause(frozenMs);
    const still = await cluster.postgres!.sql<{ id: string }>(
      `select id from run where id = any($1) and ended_at is null`,
      [sent.map((one) => one!.run)],
    );
    if (still.length > 0) broken(`${still.length} runs of a frozen owner are open after ${frozenMs} ms`);
    fault(`SIGCONT of ${victim.name}`);
    victim.thaw();
    // It has words of the provider in its sockets and believes that the runs are its own.
    await pause(3_000);
    for (const chat of chats) {
      const next = await people.write(chat, { at: random.pick(others) });
      if (next) await people.stop(next.run);
    }
  },
};
