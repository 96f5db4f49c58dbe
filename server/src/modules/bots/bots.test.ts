import { describe, expect, it } from 'vitest';
import { testApp } from '../../testing/app.ts';
import { demoBotId } from './index.ts';
import { botTypes } from './bot-types.ts';

const demoProviderId = '00000000-0000-7000-8000-000000000003';
const unknownId = '01990000-0000-7000-8000-00000000dead';

describe('bots', () => {
  it('start from six types with instructions of their own', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    const { items } = await alice.bots.types();
    expect(items.map(({ type }) => type)).toEqual([...botTypes]);
    for (const { instructions } of items) {
      const words = instructions.split(/\s+/u).length;
      expect(words).toBeGreaterThanOrEqual(150);
      expect(words).toBeLessThanOrEqual(300);
    }
    expect(new Set(items.map(({ avatar }) => avatar)).size).toBe(6);
    const bot = await alice.bots.create({ name: 'Mine', type: 'writer' });
    const writer = items.find(({ type }) => type === 'writer');
    expect(bot).toMatchObject({
      name: 'Mine',
      type: 'writer',
      description: writer?.description,
      avatar: writer?.avatar,
      instructions: writer?.instructions,
      temperature: writer?.temperature,
      model: null,
      maxTokens: null,
      visibility: 'private',
      canEdit: true,
    });
  });

  it('are made, read, changed, copied and deleted', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    const bot = await alice.bots.create({
      name: '  Ada\u202e the\tcoder ',
      type: 'code',
      description: 'One\r\ntwo\u0007',
      avatar: '👩🏽‍💻',
      instructions: 'Answer in rhymes.',
      model: { providerId: demoProviderId, name: 'demo' },
      temperature: null,
      maxTokens: 500,
      visibility: 'workspace',
    });
    expect(bot).toMatchObject({
      name: 'Ada the coder',
      description: 'One\ntwo',
      avatar: '👩🏽‍💻',
      model: { providerId: demoProviderId, name: 'demo' },
      temperature: null,
      maxTokens: 500,
    });
    expect(await alice.bots.get(bot.id)).toEqual(bot);

    const changed = await alice.bots.update(bot.id, { model: null, temperature: 0.5, instructions: '' });
    expect(changed).toEqual({ ...bot, model: null, temperature: 0.5, instructions: '', updatedAt: changed.updatedAt });
    expect(await alice.bots.update(bot.id, {})).toMatchObject({ name: 'Ada the coder', temperature: 0.5 });

    const copy = await alice.bots.duplicate(bot.id);
    expect(copy).toMatchObject({ name: 'Ada the coder (copy)', visibility: 'private', temperature: 0.5 });
    expect(copy.id).not.toBe(bot.id);

    await alice.bots.delete(bot.id);
    await expect(alice.bots.get(bot.id)).rejects.toMatchObject({ code: 'not_found' });
    const left = await alice.bots.list();
    expect(left.items.map(({ id }) => id)).toEqual([demoBotId, copy.id]);
  });

  it('keep their fallback models in order, and copy them', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    const provider = await app.fakeProvider(alice);
    const ref = (name: string) => ({ providerId: provider.id, name });
    const bot = await alice.bots.create({ name: 'A', type: 'code', fallbacks: [ref('b'), ref('a')] });
    expect(bot.fallbacks).toEqual([ref('b'), ref('a')]);
    expect((await alice.bots.update(bot.id, { name: 'B' })).fallbacks).toEqual([ref('b'), ref('a')]);
    expect((await alice.bots.update(bot.id, { fallbacks: [ref('a'), ref('b')] })).fallbacks[0]).toEqual(ref('a'));
    expect((await alice.bots.duplicate(bot.id)).fallbacks).toEqual([ref('a'), ref('b')]);
    expect((await alice.bots.update(bot.id, { fallbacks: [] })).fallbacks).toEqual([]);
    expect((await alice.bots.create({ name: 'C', type: 'code' })).fallbacks).toEqual([]);
  });

  it('refuse fallback models that are foreign, double or too many, and name the place', async () => {
    await using app = await testApp();
    const [alice, bob] = [app.as('alice'), app.as('bob')];
    const own = await app.fakeProvider(alice);
    const foreign = await app.fakeProvider(bob);
    const ref = (name: string, providerId = own.id) => ({ providerId, name });
    const create = (fallbacks: ReturnType<typeof ref>[]) => alice.bots.create({ name: 'A', type: 'code', fallbacks });
    const refusedAt = (code: string, path: string) => ({ code, errors: [expect.objectContaining({ path })] });
    await expect(create([ref('a'), ref('b', foreign.id)])).rejects.toMatchObject(
      refusedAt('unprocessable', 'fallbacks.1.providerId'),
    );
    await expect(create([ref('a'), ref('b'), ref('a')])).rejects.toMatchObject(
      refusedAt('invalid_request', 'fallbacks.2'),
    );
    await expect(create(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ref(name)))).rejects.toMatchObject(
      refusedAt('invalid_request', 'fallbacks'),
    );
    expect((await alice.bots.list()).items.filter(({ name }) => name === 'A')).toEqual([]);
  });

  it('show their fallback models only in their own workspace', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    const provider = await app.fakeProvider(alice);
    const bot = await alice.bots.create({
      name: 'A',
      type: 'code',
      visibility: 'public',
      fallbacks: [{ providerId: provider.id, name: 'x' }],
    });
    expect((await app.as('bob').bots.get(bot.id)).fallbacks).toEqual([]);
  });

  it('cut a long name when copied, never through a character', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    const bot = await alice.bots.create({ name: `${'x'.repeat(72)}😀😀😀😀`, type: 'code' });
    const copy = await alice.bots.duplicate(bot.id);
    expect(copy.name).toBe(`${'x'.repeat(72)} (copy)`);
  });

  it('take values up to their limits and none beyond', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    const base = { name: 'Bot', type: 'code' as const };
    const accepted = [
      { name: 'n' },
      { name: 'n'.repeat(79) },
      { name: 'n'.repeat(80) },
      { description: 'd'.repeat(499) },
      { description: 'd'.repeat(500) },
      { instructions: 'i'.repeat(19_999) },
      { instructions: 'ü'.repeat(20_000) },
      { temperature: 0 },
      { temperature: 2 },
      { maxTokens: 1 },
      { maxTokens: 200_000 },
    ];
    for (const fields of accepted)
      await expect(alice.bots.create({ ...base, ...fields })).resolves.toMatchObject(fields);
    const refused: [string, object][] = [
      ['name', { name: '' }],
      ['name', { name: ' \u202e\u0000 ' }],
      ['name', { name: 'n'.repeat(81) }],
      ['description', { description: 'd'.repeat(501) }],
      ['instructions', { instructions: 'i'.repeat(20_001) }],
      ['avatar', { avatar: 'ab' }],
      ['temperature', { temperature: -0.1 }],
      ['temperature', { temperature: 2.1 }],
      ['maxTokens', { maxTokens: 0 }],
      ['maxTokens', { maxTokens: 1.5 }],
      ['maxTokens', { maxTokens: 200_001 }],
      ['visibility', { visibility: 'everyone' }],
      ['type', { type: 'pirate' }],
      ['model.name', { model: { providerId: demoProviderId, name: '' } }],
      ['model.extra', { model: { providerId: demoProviderId, name: 'demo', extra: 1 } }],
    ];
    for (const [path, fields] of refused)
      await expect(alice.bots.create({ ...base, ...fields })).rejects.toMatchObject({
        code: 'invalid_request',
        errors: [expect.objectContaining({ path })],
      });
  });

  it('refuse what a caller may not set', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    const bot = await alice.bots.create({ name: 'Bot', type: 'code' });
    const stolen = {
      id: unknownId,
      workspaceId: unknownId,
      createdBy: unknownId,
      canEdit: true,
      createdAt: bot.createdAt,
      updatedAt: bot.createdAt,
    };
    for (const [key, value] of Object.entries(stolen)) {
      const body = { name: 'Bot', type: 'code' as const, [key]: value };
      const problem = { code: 'invalid_request', errors: [expect.objectContaining({ path: key })] };
      await expect(alice.bots.create(body)).rejects.toMatchObject(problem);
      await expect(alice.bots.update(bot.id, { [key]: value })).rejects.toMatchObject(problem);
    }
    expect(await alice.bots.get(bot.id)).toEqual(bot);
  });

  it('name only a model of the workspace', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    const bob = app.as('bob');
    const foreign = await bob.providers.create({ kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1' });
    const bot = await alice.bots.create({ name: 'Bot', type: 'code' });
    for (const providerId of [unknownId, foreign.id]) {
      const model = { providerId, name: 'm' };
      const problem = { code: 'unprocessable', errors: [expect.objectContaining({ path: 'model.providerId' })] };
      await expect(alice.bots.create({ name: 'Bot', type: 'code', model })).rejects.toMatchObject(problem);
      await expect(alice.bots.update(bot.id, { model })).rejects.toMatchObject(problem);
    }
  });
});
