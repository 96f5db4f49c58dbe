import { expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { testApp } from '../../testing/app.ts';
import { BOTS_LIMIT } from './service.ts';
import { createBotStore, demoBotId, type NewBot } from './store.ts';

it('pages through bots without a gap or a repetition', async () => {
  await using app = await testApp();
  const alice = app.as('alice');
  const { user, workspaces } = await alice.me.get();
  const workspaceId = workspaces[0]!.id;
  const store = createBotStore(app.database);
  const template = await alice.bots.create({ name: 'Bot', type: 'code' });
  const made: string[] = [template.id];
  for (let index = 0; index < 6; index += 1) {
    const bot = { ...template, id: newId(), createdBy: user.id } satisfies NewBot;
    made.unshift((await store.insert(workspaceId, bot, new Date())).id);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const seen: string[] = [];
  for (let before: string | null = null; ;) {
    const page: { id: string }[] = await store.list(workspaceId, user.id, before, 3);
    seen.push(...page.map(({ id }) => id));
    if (page.length < 3) break;
    before = page.at(-1)!.id;
  }
  expect(seen).toEqual([demoBotId, ...made]);
});

it('lets a workspace have only so many', async () => {
  await using app = await testApp();
  const { bots, me } = app.as('alice');
  const { id: _, ...bot } = await bots.create({ name: 'Bot', type: 'code' });
  const workspace_id = (await me.get()).workspaces[0]!.id;
  const row = { workspace_id, name: bot.name, avatar: bot.avatar, type: bot.type, instructions: '' };
  const rows = Array.from({ length: BOTS_LIMIT - 2 }, () => ({ ...row, id: newId() }));
  await app.database.system.insertInto('bot').values(rows).execute();
  const { id } = await bots.create({ name: 'The last', type: 'code' });
  await expect(bots.create({ name: 'One more', type: 'code' })).rejects.toMatchObject({ code: 'conflict' });
  await expect(bots.duplicate(id)).rejects.toMatchObject({ code: 'conflict' });
  await bots.delete(id);
  await bots.create({ name: 'Another', type: 'code' });
});
