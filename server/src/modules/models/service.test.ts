import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { testApp } from '../../testing/app.ts';
import { problemOf, unknownId } from '../../testing/problems.ts';
import { demoProviderId } from './index.ts';
import { listingKey, modelListServer } from '../../testing/model-list-server.ts';
import { PROVIDERS_LIMIT } from './service.ts';

const demo = { providerId: demoProviderId, name: 'demo' };

const refusedAt = (path: string, code = 'unprocessable') => ({ code, errors: [expect.objectContaining({ path })] });

describe('providers', () => {
  it('are connected, changed and deleted', async () => {
    await using app = await testApp();
    await using server = await modelListServer();
    const alice = app.as('alice');
    expect((await alice.providers.list()).items).toMatchObject([
      { id: demoProviderId, source: 'built-in', models: ['demo'] },
    ]);

    const kind = 'openai-compatible' as const;
    const provider = await alice.providers.create({ kind, baseUrl: `${server.baseUrl}/`, apiKey: ` ${listingKey}\n` });
    expect(provider).toMatchObject({
      kind,
      name: new URL(server.origin).host,
      baseUrl: server.baseUrl,
      keyHint: 'good',
      source: 'workspace',
      models: ['large', 'small'],
    });
    expect((await alice.providers.list()).items.map(({ id }) => id)).toEqual([provider.id, demoProviderId]);
    expect(await alice.providers.update(provider.id, { name: 'House\u202e models' })).toEqual({
      ...provider,
      name: 'House models',
    });
    await alice.providers.delete(provider.id);
    await expect(alice.providers.delete(provider.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('keep the demo as it is', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    await expect(alice.providers.update(demoProviderId, { name: 'x' })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(alice.providers.delete(demoProviderId)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await alice.providers.retest(demoProviderId)).toMatchObject({ ok: true, models: ['demo'] });
  });

  it('take only what fits their kind', async () => {
    await using app = await testApp();
    const { providers } = app.as('alice');
    const baseUrl = 'https://models.example/v1';
    await expect(providers.create({ kind: 'openai', apiKey: listingKey, baseUrl })).rejects.toMatchObject(
      refusedAt('baseUrl'),
    );
    await expect(providers.create({ kind: 'openai' })).rejects.toMatchObject(refusedAt('apiKey'));
    await expect(providers.create({ kind: 'anthropic' })).rejects.toMatchObject(refusedAt('apiKey'));
    await expect(providers.create({ kind: 'openai-compatible' })).rejects.toMatchObject(refusedAt('baseUrl'));
    await expect(providers.create({ kind: 'demo' as never })).rejects.toMatchObject(
      refusedAt('kind', 'invalid_request'),
    );
    const faulty = {
      baseUrl: [
        'models.example',
        'ftp://m.example',
        'https://u:p@m.example',
        'https://m.example?k=1',
        'https://m.example#x',
      ],
      apiKey: ['', 'k'.repeat(501), 'two words', 'schlüssel'],
      name: ['', ' \u202e', 'n'.repeat(81)],
      source: ['built-in'],
    };
    for (const [path, values] of Object.entries(faulty))
      for (const value of values)
        await expect(
          providers.create({ kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:9', [path]: value }),
        ).rejects.toMatchObject(refusedAt(path, 'invalid_request'));
    for (const key of ['id', 'workspaceId', 'models', 'keyHint', 'createdBy'])
      await expect(
        providers.create({ kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:9', [key]: unknownId }),
      ).rejects.toMatchObject(refusedAt(key, 'invalid_request'));
    for (const fields of [{ name: 'n'.repeat(80) }, { apiKey: 'k' }, { apiKey: 'k'.repeat(500) }])
      await expect(
        providers.create({ kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:9', ...fields }),
      ).resolves.toMatchObject({ keyHint: fields.apiKey === 'k'.repeat(500) ? 'kkkk' : null });
  });

  it('are tested before and after they are saved, in plain words', async () => {
    await using app = await testApp();
    await using server = await modelListServer();
    const { providers } = app.as('alice');
    const kind = 'openai-compatible' as const;
    const test = (baseUrl: string, apiKey?: string) => providers.test({ kind, baseUrl, ...(apiKey ? { apiKey } : {}) });
    expect(await test(server.baseUrl, listingKey)).toMatchObject({
      ok: true,
      message: 'Connected: 2 models found.',
      models: ['large', 'small'],
    });
    const bad = await test(server.baseUrl, 'sk-test-0123456789-wrong');
    expect(bad).toMatchObject({ ok: false, models: [] });
    expect(bad.message).toMatch(/refused this key/);
    expect(bad.message).not.toContain('0123456789');
    expect((await test('http://127.0.0.1:1/v1')).message).toMatch(/127\.0\.0\.1:1.*refused/);
    expect((await test(`${server.origin}/page`)).message).toMatch(/no list of models\. Check the base URL/);
    expect((await test(`${server.origin}/elsewhere`)).message).toMatch(/no list of models\. Check the base URL/);
    expect((await test('http://169.254.169.254/v1')).message).toContain('EGRESS_ALLOW=169.254.169.254:80');

    const saved = await providers.create({ kind, baseUrl: server.baseUrl, apiKey: 'sk-test-0123456789-wrong' });
    expect(saved.models).toEqual([]);
    expect(await providers.retest(saved.id)).toMatchObject({ ok: false });
    expect(await providers.update(saved.id, { apiKey: listingKey })).toMatchObject({ models: ['large', 'small'] });
    expect(await providers.retest(saved.id)).toMatchObject({ ok: true, models: ['large', 'small'] });
  });

  it('read the models anew when tested', async () => {
    await using app = await testApp();
    let models = ['old', 'old', 'x'.repeat(201), 'con\u0000trol'];
    await using server = await modelListServer(() => models);
    const { providers } = app.as('alice');
    const { id, models: first } = await providers.create({ kind: 'openai-compatible', baseUrl: server.baseUrl });
    expect(first).toEqual(['old']);
    models = ['new'];
    await providers.retest(id);
    expect((await providers.list()).items[0]).toMatchObject({ id, models: ['new'] });
  });

  it('never send a stored key to another address', async () => {
    await using app = await testApp();
    await using server = await modelListServer();
    await using thief = await modelListServer();
    const { providers } = app.as('alice');
    const kind = 'openai-compatible' as const;
    const { id } = await providers.create({ kind, baseUrl: server.baseUrl, apiKey: listingKey });
    await expect(providers.update(id, { baseUrl: thief.baseUrl })).rejects.toMatchObject(refusedAt('apiKey'));
    expect(thief.seen).toEqual([]);
    expect(await providers.update(id, { baseUrl: server.baseUrl })).toMatchObject({ keyHint: 'good' });
    const moved = await providers.update(id, { baseUrl: thief.baseUrl, apiKey: 'another-key-altogether' });
    expect(moved).toMatchObject({ baseUrl: thief.baseUrl, keyHint: 'ther' });
    expect(thief.seen).toEqual(['another-key-altogether']);
  });

  it('never show a key again', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
    await using app = await testApp({}, { log });
    const secretKey = 'sk-very-secret-0123456789-tail';
    await using server = await modelListServer();
    const { providers, models } = app.as('alice');
    const draft = { kind: 'openai-compatible' as const, baseUrl: server.baseUrl, apiKey: secretKey };
    const { id } = await providers.create(draft);
    const answers = [
      await providers.list(),
      await providers.test(draft),
      await providers.retest(id),
      await providers.update(id, { apiKey: secretKey }),
      await models.list(),
      await problemOf(providers.create({ ...draft, apiKey: `${secretKey} ${secretKey}` })),
      await problemOf(providers.create({ ...draft, kind: 'openai' })),
    ];
    const stored = await app.database.system.selectFrom('provider').selectAll().execute();
    for (const text of [JSON.stringify(answers), JSON.stringify(stored), lines.join('')]) {
      expect(text).not.toContain(secretKey);
      expect(text).not.toContain('0123456789');
    }
  });

  it('are fifty at most', async () => {
    await using app = await testApp();
    const { providers, me } = app.as('alice');
    const workspace_id = (await me.get()).workspaces[0]!.id;
    const row = { workspace_id, kind: 'openai-compatible', name: 'One of many', source: 'workspace' };
    const rows = Array.from({ length: PROVIDERS_LIMIT - 1 }, () => ({ ...row, id: newId() }));
    await app.database.system.insertInto('provider').values(rows).execute();
    const create = () => providers.create({ kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1' });
    await create();
    await expect(create()).rejects.toMatchObject({ code: 'conflict' });
    await providers.delete(rows[0]!.id);
    await create();
  });

  it('belong to one workspace and its admins', async () => {
    await using app = await testApp();
    await using server = await modelListServer();
    const team = await app.team('alice', { anna: 'admin', mia: 'member', vera: 'viewer' });
    const client = (name: string) => app.as(name).inWorkspace(team);
    const bob = app.as('bob');
    const { id } = await client('alice').providers.create({ kind: 'openai-compatible', baseUrl: server.baseUrl });
    const calls = [
      (of: string) => bob.providers.update(of, { name: 'Mine' }),
      (of: string) => bob.providers.delete(of),
      (of: string) => bob.providers.retest(of),
      (of: string) => bob.models.setDefault({ providerId: of, name: 'large' }),
    ];
    for (const call of calls) expect(await problemOf(call(id))).toEqual(await problemOf(call(unknownId)));
    expect((await bob.providers.list()).items.map((provider) => provider.id)).toEqual([demoProviderId]);

    expect(await client('anna').providers.update(id, { name: 'Ours' })).toMatchObject({ name: 'Ours' });
    for (const weak of [client('mia'), client('vera')]) {
      const refused = [
        () => weak.providers.list(),
        () => weak.providers.offers(),
        () => weak.providers.create({ kind: 'openai', apiKey: listingKey }),
        () => weak.providers.test({ kind: 'openai', apiKey: listingKey }),
        () => weak.providers.update(id, { name: 'x' }),
        () => weak.providers.retest(id),
        () => weak.providers.delete(id),
        () => weak.models.setDefault(demo),
      ];
      for (const call of refused) await expect(call()).rejects.toMatchObject({ code: 'forbidden' });
      expect((await weak.models.list()).items.map(({ name }) => name)).toEqual(['large', 'small', 'demo']);
    }
  });
});

describe('models', () => {
  it('have a default: the demo until one is chosen', async () => {
    await using app = await testApp();
    await using server = await modelListServer();
    const { providers, models } = app.as('alice');
    const defaults = async () => (await models.list()).items.filter(({ isDefault }) => isDefault);
    expect(await defaults()).toMatchObject([{ ...demo, kind: 'demo' }]);
    const { id } = await providers.create({ kind: 'openai-compatible', name: 'House', baseUrl: server.baseUrl });
    expect(await defaults()).toMatchObject([demo]);
    expect(await models.setDefault({ providerId: id, name: 'small' })).toEqual({
      providerId: id,
      providerName: 'House',
      kind: 'openai-compatible',
      name: 'small',
      isDefault: true,
    });
    expect(await defaults()).toMatchObject([{ providerId: id, name: 'small' }]);
    // Servers do not list everything they can do.
    await models.setDefault({ providerId: id, name: 'unlisted' });
    expect(await defaults()).toMatchObject([{ providerId: id, name: 'unlisted' }]);
    await models.setDefault(demo);
    expect(await defaults()).toMatchObject([demo]);
    await expect(models.setDefault({ ...demo, name: 'other' })).rejects.toMatchObject(refusedAt('name'));
    await expect(models.setDefault({ providerId: unknownId, name: 'm' })).rejects.toMatchObject(
      refusedAt('providerId'),
    );
  });
});
