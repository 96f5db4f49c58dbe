import { describe, expect, it } from 'vitest';
import { testApp, type TestApp } from '../../testing/app.ts';
import { problemOf, unknownId } from '../../testing/problems.ts';
import { demoBotId } from './index.ts';

const idsOf = (list: { items: { id: string }[] }): string[] => list.items.map(({ id }) => id);

const teamOf = async (app: TestApp) => {
  const id = await app.team('alice', { anna: 'admin', mia: 'member', max: 'member', vera: 'viewer' });
  const client = (name: string) => app.as(name).inWorkspace(id);
  return {
    owner: client('alice'),
    admin: client('anna'),
    member: client('mia'),
    other: client('max'),
    viewer: client('vera'),
  };
};

describe('bot access', () => {
  it('keeps private bots to their creator, admins and owners included', async () => {
    await using app = await testApp();
    const { owner, admin, member, other, viewer } = await teamOf(app);
    const bot = await member.bots.create({ name: 'Secret', type: 'code', instructions: 'hush' });
    expect(idsOf(await member.bots.list())).toEqual([demoBotId, bot.id]);
    for (const client of [owner, admin, other, viewer]) {
      expect(idsOf(await client.bots.list())).not.toContain(bot.id);
      expect(await problemOf(client.bots.get(bot.id))).toEqual(await problemOf(client.bots.get(unknownId)));
    }
    for (const client of [owner, admin, other]) {
      expect(await problemOf(client.bots.update(bot.id, { name: 'x' }))).toEqual(
        await problemOf(client.bots.update(unknownId, { name: 'x' })),
      );
      expect(await problemOf(client.bots.delete(bot.id))).toEqual(await problemOf(client.bots.delete(unknownId)));
      expect(await problemOf(client.bots.duplicate(bot.id))).toEqual(await problemOf(client.bots.duplicate(unknownId)));
    }
    expect(await member.bots.get(bot.id)).toEqual(bot);
  });

  it('lets members change their own bots, admins and owners all they see, viewers none', async () => {
    await using app = await testApp();
    const { owner, admin, member, other, viewer } = await teamOf(app);
    const bot = await member.bots.create({ name: 'Team bot', type: 'code', visibility: 'workspace' });
    for (const client of [owner, admin, member])
      expect(await client.bots.update(bot.id, { name: 'Renamed' })).toMatchObject({ name: 'Renamed', canEdit: true });
    for (const client of [other, viewer]) {
      expect(await client.bots.get(bot.id)).toMatchObject({ instructions: bot.instructions, canEdit: false });
      await expect(client.bots.update(bot.id, { name: 'x' })).rejects.toMatchObject({ code: 'forbidden' });
      await expect(client.bots.delete(bot.id)).rejects.toMatchObject({ code: 'forbidden' });
    }
    expect(await other.bots.duplicate(bot.id)).toMatchObject({ visibility: 'private', canEdit: true });
    await expect(viewer.bots.create({ name: 'Bot', type: 'code' })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(viewer.bots.duplicate(bot.id)).rejects.toMatchObject({ code: 'forbidden' });
    await admin.bots.delete(bot.id);
    await expect(member.bots.get(bot.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('lets only the creator make a bot private', async () => {
    await using app = await testApp();
    const { owner, member } = await teamOf(app);
    const bot = await member.bots.create({ name: 'Team bot', type: 'code', visibility: 'workspace' });
    await expect(owner.bots.update(bot.id, { visibility: 'private' })).rejects.toMatchObject({
      code: 'forbidden',
      errors: [expect.objectContaining({ path: 'visibility' })],
    });
    expect(await member.bots.update(bot.id, { visibility: 'private' })).toMatchObject({ visibility: 'private' });
  });

  it('shows public bots everywhere, but their insides only at home', async () => {
    await using app = await testApp();
    const { owner, admin, member } = await teamOf(app);
    const bob = app.as('bob');
    const provider = await owner.providers.create({ kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1' });
    const draft = {
      name: 'Everyone’s',
      type: 'support' as const,
      instructions: 'Our trade secret.',
      model: { providerId: provider.id, name: 'm' },
    };
    await expect(member.bots.create({ ...draft, visibility: 'public' })).rejects.toMatchObject({
      code: 'forbidden',
      errors: [expect.objectContaining({ path: 'visibility' })],
    });
    const own = await member.bots.create({ ...draft, visibility: 'workspace' });
    await expect(member.bots.update(own.id, { visibility: 'public' })).rejects.toMatchObject({ code: 'forbidden' });
    expect(await problemOf(bob.bots.get(own.id))).toEqual(await problemOf(bob.bots.get(unknownId)));

    await expect(admin.bots.update(own.id, { visibility: 'public' })).rejects.toMatchObject({ code: 'forbidden' });
    const bot = await owner.bots.update(own.id, { visibility: 'public' });
    // What the whole installation uses is no longer its creator's alone.
    await expect(member.bots.update(own.id, { instructions: 'x' })).rejects.toMatchObject({ code: 'forbidden' });
    expect(await member.bots.get(own.id)).toMatchObject({ instructions: draft.instructions, canEdit: false });

    const seen = await bob.bots.get(bot.id);
    expect(seen).toEqual({
      ...bot,
      instructions: '',
      model: null,
      temperature: null,
      maxTokens: null,
      createdBy: null,
      canEdit: false,
    });
    expect(idsOf(await bob.bots.list())).toEqual([demoBotId, bot.id]);
    await expect(bob.bots.update(bot.id, { name: 'Mine now' })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(bob.bots.delete(bot.id)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(bob.bots.duplicate(bot.id)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await owner.bots.get(bot.id)).toEqual(bot);

    await admin.bots.update(bot.id, { visibility: 'workspace' });
    expect(await problemOf(bob.bots.get(bot.id))).toEqual(await problemOf(bob.bots.get(unknownId)));
  });

  it('has the demo bot first in every list, unchangeable', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    await alice.bots.create({ name: 'Newer', type: 'code' });
    const demo = (await alice.bots.list()).items[0]!;
    expect(demo).toMatchObject({
      id: demoBotId,
      name: 'Parley demo',
      instructions: '',
      canEdit: false,
      model: { name: 'demo' },
    });
    await expect(alice.bots.update(demoBotId, { name: 'Mine' })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(alice.bots.delete(demoBotId)).rejects.toMatchObject({ code: 'forbidden' });
  });
});
