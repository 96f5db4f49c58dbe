import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client, RunEvent } from '@parley/sdk';
import { readRun, textOf } from '../../testing/builders.ts';
import { fakeText } from '../../testing/fake-model.ts';
import { startNodes, type Node, type Nodes, type Person } from '../../testing/nodes.ts';
import { redisMissing } from '../../testing/redis-server.ts';

const missing = inject('template').url ? null : 'several nodes need TEST_DATABASE_URL';

const ways = [
  { name: 'woken by NOTIFY', redis: false, cut: false, missing },
  { name: 'woken by Redis', redis: true, cut: false, missing: missing ?? redisMissing },
  { name: 'with Redis cut off', redis: true, cut: true, missing: missing ?? redisMissing },
];

/** Collects the events of a run as they come. */
const follow = (client: Client, runId: string) => {
  const events: RunEvent[] = [];
  const done = (async () => {
    for await (const event of client.runs.stream(runId)) events.push(event);
  })();
  done.catch(() => {});
  return { events, done };
};

for (const way of ways)
  describe.skipIf(way.missing !== null)(
    `two nodes ${way.name}${way.missing ? ` (skipped: ${way.missing})` : ''}`,
    () => {
      // What may be added to a delay when news have to be looked for: a round of looking.
      const late = way.cut ? 1_000 : 0;
      let all: Nodes;
      let here: Node;
      let there: Node;
      let alice: Person;

      beforeAll(async () => {
        all = await startNodes(2, { redis: way.redis });
        [here, there] = all.nodes as [Node, Node];
        alice = await all.person('alice');
        if (way.cut) for (const node of all.nodes) node.redis!.cut();
      }, 60_000);
      afterAll(async () => {
        await all[Symbol.asyncDispose]();
      }, 30_000);

      const chat = async (client: Client, model: string) => {
        const bot = await all.bot(client, model);
        return client.conversations.create({ botId: bot.id });
      };

      /** A run on `here` that waits for a release after five words. */
      const held = async (client: Client = alice.on(here), words = 12) => {
        all.fake.reset();
        const conversation = await chat(client, `words-${words}-hold-after-5`);
        const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
        await all.fake.reached(5);
        return { conversation, run };
      };

      /** Reads the run on `there` over one plain connection; `whole` has everything when that closes. */
      const openThere = async (
        person: Person,
        runId: string,
        workspace?: string,
      ): Promise<{ whole: Promise<string> }> => {
        const headers: Record<string, string> = workspace ? { 'parley-workspace': workspace } : {};
        const response = await person.visitor.fetch(`${there.url}/v1/runs/${runId}/events`, { headers });
        expect(response.status).toBe(200);
        const reader = response.body!.getReader();
        const decoder = new TextDecoder();
        let text = '';
        while (!text.includes('w5')) text += decoder.decode((await reader.read()).value, { stream: true });
        const readOn = async (): Promise<string> => {
          for (;;) {
            const { value, done } = await reader.read();
            if (done) return text;
            text += decoder.decode(value, { stream: true });
          }
        };
        return { whole: readOn() };
      };

      it('give a reader the words of the other soon after they are said', async () => {
        all.fake.reset();
        const conversation = await chat(alice.on(here), 'words-20-hold-after-5-hold-after-10-hold-after-15');
        const { run } = await alice.on(here).conversations.send(conversation.id, { text: 'Go' });
        const [near, far] = [follow(alice.on(here), run.id), follow(alice.on(there), run.id)];
        await expect.poll(() => textOf(far.events)).toBe(fakeText(5));
        // Past the looks that a node takes by itself when a reader has just come.
        await new Promise((resolve) => setTimeout(resolve, 1_200));
        for (const words of [10, 15, 20]) {
          all.fake.release();
          await expect.poll(() => textOf(near.events), { interval: 5 }).toBe(fakeText(words));
          const said = performance.now();
          await expect.poll(() => textOf(far.events), { interval: 5, timeout: 8_000 }).toBe(fakeText(words));
          expect(performance.now() - said).toBeLessThan(700 + late);
        }
        await Promise.all([near.done, far.done]);
        expect(far.events).toEqual(near.events);
      });

      it('stop an answer of the other within a second, and say so', async () => {
        const { run } = await held();
        const far = follow(alice.on(there), run.id);
        const began = performance.now();
        const stopped = await alice.on(there).runs.stop(run.id);
        expect(performance.now() - began).toBeLessThan(1_000 + late);
        expect(stopped.status).toBe('stopped');
        await expect.poll(() => all.fake.calls.at(-1)!.closedEarly).toBe(true);
        await far.done;
        expect(far.events.at(-1)).toMatchObject({ type: 'run-end', data: { status: 'stopped' } });
        expect(textOf(far.events)).toBe(fakeText(5));
      });

      it('begin a waiting answer when the one before it ends on the other', async () => {
        const { conversation, run } = await held();
        const { run: second } = await alice.on(there).conversations.send(conversation.id, { text: 'And on' });
        expect(second.status).toBe('queued');
        const far = follow(alice.on(here), second.id);
        all.fake.release();
        await expect.poll(() => all.fake.calls.length, { timeout: 5_000 }).toBe(2);
        await all.fake.reached(5);
        const [before, after] = [await alice.on(here).runs.get(run.id), await alice.on(here).runs.get(second.id)];
        expect(Date.parse(after.startedAt!) - Date.parse(before.endedAt!)).toBeLessThan(700 + late);
        all.fake.release();
        await far.done;
        expect(textOf(far.events)).toBe(fakeText(12));
      });

      it('show a reader out within a second when its session ends on the other', async () => {
        const mallory = await all.person('mallory');
        const { run } = await held(mallory.on(here));
        const { whole } = await openThere(mallory, run.id);
        const cookies = [...mallory.visitor.cookies];
        const began = performance.now();
        await mallory.on(here).auth.signOutEverywhere();
        expect(await whole).not.toContain('run-end');
        expect(performance.now() - began).toBeLessThan(1_000 + late);
        for (const [name, value] of cookies) mallory.visitor.cookies.set(name, value);
        const again = await mallory.visitor.fetch(`${there.url}/v1/runs/${run.id}`);
        expect(again.status).toBe(401);
      });

      it('show a reader out within a second when the other takes them out of the workspace', async () => {
        const bob = await all.person('bob');
        const { id: team } = await alice.on(here).workspaces.create({ name: 'Team' });
        const { token } = await alice.on(here).workspaces.invite(team, { role: 'admin' });
        await bob.on(there).invitations.accept({ token });
        const { run } = await held(bob.on(here).inWorkspace(team));
        const { whole } = await openThere(bob, run.id, team);
        const { user } = await bob.on(there).me.get();
        const began = performance.now();
        await alice.on(here).workspaces.removeMember(team, user.id);
        expect(await whole).not.toContain('run-end');
        expect(performance.now() - began).toBeLessThan(1_000 + late);
        const again = await bob.visitor.fetch(`${there.url}/v1/runs/${run.id}`, {
          headers: { 'parley-workspace': team },
        });
        expect(again.status).toBe(404);
      });

      it('show readers out within a second when the other deletes the conversation', async () => {
        const { run, conversation } = await held();
        const { whole } = await openThere(alice, run.id);
        const began = performance.now();
        await alice.on(here).conversations.delete(conversation.id);
        expect(await whole).not.toContain('run-end');
        expect(performance.now() - began).toBeLessThan(1_000 + late);
        await expect(alice.on(there).runs.get(run.id)).rejects.toMatchObject({ code: 'not_found' });
        await expect.poll(() => all.fake.calls.at(-1)!.closedEarly, { timeout: 3_000 }).toBe(true);
      });

      it('say how their links are, and stay ready', async () => {
        const response = await fetch(`${here.url}/readyz`);
        expect(response.status).toBe(200);
        expect(await response.json()).toMatchObject({
          status: 'ready',
          checks: {
            database: 'ok',
            notify: 'ok',
            ...(way.redis ? { redis: way.cut ? 'does not answer (degraded: polling)' : 'ok' } : {}),
          },
        });
      });

      it('end readers of a dead node’s answer with what was kept', async () => {
        const { run } = await held(alice.on(here));
        const far = follow(alice.on(there), run.id);
        await expect.poll(() => textOf(far.events)).toBe(fakeText(5));
        await here.process.kill();
        await far.done;
        expect(far.events.at(-1)).toMatchObject({ type: 'run-end', data: { status: 'interrupted' } });
        expect(textOf(await readRun(alice.on(there), run.id))).toBe(fakeText(5));
      }, 30_000);
    },
  );
