import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { demoBotId } from '../bots/index.ts';
import { newId } from '../../platform/ids.ts';
import { testApp } from '../../testing/app.ts';
import { problemOf, unknownId } from '../../testing/problems.ts';

const idsOf = (list: { items: { id: string }[] }): string[] => list.items.map(({ id }) => id);

describe('conversations', () => {
  it('are begun, read, renamed and deleted', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    const conversation = await alice.conversations.create({ botId: demoBotId });
    expect(conversation).toMatchObject({
      title: null,
      bot: { id: demoBotId, name: 'Parley demo', avatar: '🦜' },
      headMessageId: null,
    });
    expect(await alice.conversations.get(conversation.id)).toEqual(conversation);
    expect((await alice.conversations.list()).items).toEqual([conversation]);

    const renamed = await alice.conversations.rename(conversation.id, { title: ' Trip\n to \u202eRome\u0000 ' });
    expect(renamed).toEqual({ ...conversation, title: 'Trip to Rome' });

    await alice.conversations.delete(conversation.id);
    await expect(alice.conversations.get(conversation.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await alice.conversations.list()).toEqual({ items: [], nextCursor: null });
  });

  it('take titles up to their limit and nothing unknown', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    const begun = (fields: object) => alice.conversations.create({ botId: demoBotId, ...fields });
    for (const title of ['t', 't'.repeat(199), 't'.repeat(200)])
      expect(await begun({ title })).toMatchObject({ title });
    for (const title of ['', ' \u200f\u0001', 't'.repeat(201)]) {
      const problem = { code: 'invalid_request', errors: [expect.objectContaining({ path: 'title' })] };
      await expect(begun({ title })).rejects.toMatchObject(problem);
      const { id } = await begun({});
      await expect(alice.conversations.rename(id, { title })).rejects.toMatchObject(problem);
    }
    for (const key of ['id', 'workspaceId', 'createdBy', 'headMessageId', 'updatedAt'])
      await expect(begun({ [key]: unknownId })).rejects.toMatchObject({
        code: 'invalid_request',
        errors: [expect.objectContaining({ path: key })],
      });
    await expect(begun({ botId: 'demo' })).rejects.toMatchObject({
      errors: [expect.objectContaining({ path: 'botId' })],
    });
  });

  it('begin only with a bot that the caller sees', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    const bob = app.as('bob');
    const hidden = await alice.bots.create({ name: 'Hidden', type: 'code' });
    const refusal = await problemOf(bob.conversations.create({ botId: hidden.id }));
    expect(refusal).toMatchObject({ status: 422, problem: { errors: [{ path: 'botId' }] } });
    expect(await problemOf(bob.conversations.create({ botId: unknownId }))).toEqual(refusal);

    const shared = await alice.bots.update(hidden.id, { visibility: 'public' });
    const conversation = await bob.conversations.create({ botId: shared.id });
    expect(conversation.bot).toMatchObject({ id: shared.id, name: 'Hidden' });
    await alice.bots.update(hidden.id, { visibility: 'private', name: 'Renamed in private' });
    expect(await bob.conversations.get(conversation.id)).toMatchObject({ bot: null });
    await alice.bots.delete(hidden.id);
    expect(await bob.conversations.get(conversation.id)).toMatchObject({ id: conversation.id, bot: null });
  });

  it('name a bot of the workspace only while it is shared', async () => {
    await using app = await testApp();
    const team = await app.team('alice', { mia: 'member' });
    const owner = app.as('alice').inWorkspace(team);
    const member = app.as('mia').inWorkspace(team);
    const bot = await owner.bots.create({ name: 'Shared', type: 'code', visibility: 'workspace' });
    const { id } = await member.conversations.create({ botId: bot.id });
    await owner.bots.update(bot.id, { name: 'Not your affair', visibility: 'private' });
    expect(await member.conversations.get(id)).toMatchObject({ bot: null });
    expect((await member.conversations.list()).items).toMatchObject([{ id, bot: null }]);
  });

  it('are their creator’s alone, in the same workspace too', async () => {
    await using app = await testApp();
    const team = await app.team('alice', { anna: 'admin', mia: 'member' });
    const member = app.as('mia').inWorkspace(team);
    const strangers = [
      app.as('alice').inWorkspace(team),
      app.as('anna').inWorkspace(team),
      app.as('bob'),
      app.as('mia'),
    ];
    const { id } = await member.conversations.create({ botId: demoBotId, title: 'Diary' });
    for (const client of strangers) {
      expect(idsOf(await client.conversations.list())).toEqual([]);
      const calls = [
        (of: string) => client.conversations.get(of),
        (of: string) => client.conversations.rename(of, { title: 'Mine' }),
        (of: string) => client.conversations.delete(of),
      ];
      for (const call of calls) expect(await problemOf(call(id))).toEqual(await problemOf(call(unknownId)));
    }
    expect(await member.conversations.get(id)).toMatchObject({ title: 'Diary' });
  });

  it('are not begun by viewers', async () => {
    await using app = await testApp();
    const viewer = app.as('vera').inWorkspace(await app.team('alice', { vera: 'viewer' }));
    await expect(viewer.conversations.create({ botId: demoBotId })).rejects.toMatchObject({ code: 'forbidden' });
    expect(await viewer.conversations.list()).toEqual({ items: [], nextCursor: null });
  });

  it('page by last activity while others are begun, without a gap or a repetition', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    const begin = () => alice.conversations.create({ botId: demoBotId });
    const made: { id: string; micros: number }[] = [];
    for (let micros = 0; micros < 12; micros += 1) {
      const { id } = await begin();
      made.push({ id, micros: micros % 4 });
      // Microseconds apart or not at all: a JavaScript Date cannot tell these times from each other.
      await app.database.system
        .updateTable('conversation')
        .set({ updated_at: sql<Date>`'2026-01-01'::timestamptz + ${micros % 4} * interval '1 microsecond'` })
        .where('id', '=', id)
        .execute();
    }
    const inOrder = made.sort((a, b) => b.micros - a.micros || (a.id < b.id ? 1 : -1)).map(({ id }) => id);
    const seen: string[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await alice.conversations.list({ limit: 5, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...idsOf(page));
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
      await Promise.all([begin(), begin()]);
    }
    expect(seen).toEqual(inOrder);
  });

  it('refuse a page that was not offered', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    for (const cursor of ['x', 'e30', Buffer.from(`1; drop table message_${unknownId}`).toString('base64url')])
      await expect(alice.conversations.list({ cursor })).rejects.toMatchObject({
        code: 'invalid_request',
        errors: [expect.objectContaining({ path: 'cursor' })],
      });
    for (const limit of [1, 99, 100]) await expect(alice.conversations.list({ limit })).resolves.toBeDefined();
    for (const limit of [0, 101, 1.5])
      await expect(alice.conversations.list({ limit })).rejects.toMatchObject({
        errors: [expect.objectContaining({ path: 'limit' })],
      });
  });

  it('are deleted with their messages, runs and events', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    const { user, workspaces } = await alice.me.get();
    const workspace_id = workspaces[0]!.id;
    const { id } = await alice.conversations.create({ botId: demoBotId });
    const question = { id: newId(), workspace_id, conversation_id: id, role: 'user', parts: '[]' };
    const answer = { ...question, id: newId(), parent_id: question.id, role: 'assistant' };
    const run = { id: newId(), workspace_id, conversation_id: id, message_id: answer.id, created_by: user.id };
    const { system } = app.database;
    await system
      .insertInto('message')
      .values([{ ...question, parent_id: null }, answer])
      .execute();
    await system
      .insertInto('run')
      .values({ ...run, status: 'completed' })
      .execute();
    await system
      .insertInto('run_event')
      .values({ run_id: run.id, seq: 1, workspace_id, type: 'notice', data: '{}' })
      .execute();
    await alice.conversations.delete(id);
    for (const table of ['message', 'run', 'run_event'] as const)
      expect(await system.selectFrom(table).selectAll().execute()).toEqual([]);
  });

  it('cost few statements', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    const { id } = await alice.conversations.create({ botId: demoBotId });
    await alice.conversations.list();
    expect(await app.statements(() => alice.conversations.list())).toBeLessThanOrEqual(2);
    expect(await app.statements(() => alice.conversations.get(id))).toBeLessThanOrEqual(2);
  });
});
