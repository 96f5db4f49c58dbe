import { describe, expect, it } from 'vitest';
import { testApp } from '../../testing/app.ts';
import { modelListServer } from '../../testing/model-list-server.ts';

const environmentKey = 'sk-ant-environment-0123456789';
const settings = { ANTHROPIC_API_KEY: environmentKey };
const source = 'environment' as const;

describe('offers', () => {
  it('name keys of the environment and a local Ollama until they are connected, to the operator only', async () => {
    await using ollama = await modelListServer(() => ['llama']);
    await using app = await testApp({ ...settings, OLLAMA_URL: `${ollama.origin}/` });
    const operator = app.as('alice');
    const { items } = await operator.providers.offers();
    expect(items).toEqual([
      {
        kind: 'anthropic',
        name: 'Anthropic',
        baseUrl: null,
        source: 'environment',
        variable: 'ANTHROPIC_API_KEY',
        models: [],
      },
      {
        kind: 'openai-compatible',
        name: 'Ollama',
        baseUrl: ollama.baseUrl,
        source: 'local',
        variable: null,
        models: ['llama'],
      },
    ]);
    expect(await app.as('bob').providers.offers()).toEqual({ items: [], nextCursor: null });

    await operator.providers.create({ kind: 'anthropic', source });
    await operator.providers.create({ kind: 'openai-compatible', baseUrl: ollama.baseUrl, name: 'Ollama' });
    expect(await operator.providers.offers()).toEqual({ items: [], nextCursor: null });
    const other = await operator.workspaces.create({ name: 'Other' });
    expect((await operator.inWorkspace(other.id).providers.offers()).items).toEqual(items);
  });

  it('do not wait for an Ollama that says nothing', async () => {
    await using silent = await modelListServer();
    await using app = await testApp({ OLLAMA_URL: `${silent.origin}/elsewhere` });
    expect((await app.as('alice').providers.offers()).items).toEqual([]);
  });
});

describe('a provider from the environment', () => {
  it('is connected by the operator alone', async () => {
    await using app = await testApp(settings);
    app.as('alice');
    const bob = app.as('bob');
    const refused = { code: 'forbidden', errors: [expect.objectContaining({ path: 'source' })] };
    for (const kind of ['anthropic', 'openai'] as const) {
      await expect(bob.providers.create({ kind, source })).rejects.toMatchObject(refused);
      await expect(bob.providers.test({ kind, source })).rejects.toMatchObject(refused);
    }
    expect((await bob.providers.list()).items).toHaveLength(1);
  });

  it('leaves its key in the environment and keeps its address', async () => {
    await using app = await testApp(settings);
    const { providers } = app.as('alice');
    const provider = await providers.create({ kind: 'anthropic', source });
    expect(provider).toMatchObject({ source, keyHint: null, baseUrl: null, name: 'Anthropic' });
    const rows = await app.database.system.selectFrom('provider').selectAll().execute();
    expect(rows).toMatchObject([{ source, api_key_sealed: null, key_hint: null }]);
    expect(JSON.stringify([provider, rows])).not.toContain('0123456789');

    const refusedAt = (path: string, code = 'unprocessable') => ({ code, errors: [expect.objectContaining({ path })] });
    const baseUrl = 'https://elsewhere.example';
    await expect(providers.update(provider.id, { baseUrl })).rejects.toMatchObject(refusedAt('baseUrl'));
    await expect(providers.update(provider.id, { apiKey: 'own-key' })).rejects.toMatchObject(refusedAt('apiKey'));
    expect(await providers.update(provider.id, { name: 'Claude' })).toMatchObject({ name: 'Claude', source });

    await expect(providers.create({ kind: 'anthropic', source })).rejects.toMatchObject({ code: 'conflict' });
    await providers.delete(provider.id);
    await expect(providers.create({ kind: 'anthropic', source, baseUrl })).rejects.toMatchObject(refusedAt('baseUrl'));
    await expect(providers.create({ kind: 'anthropic', source, apiKey: 'k' })).rejects.toMatchObject(
      refusedAt('apiKey'),
    );
    await expect(providers.create({ kind: 'openai', source })).rejects.toMatchObject(refusedAt('source'));
    await expect(providers.create({ kind: 'openai-compatible', source })).rejects.toMatchObject(refusedAt('source'));
  });
});
