import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { createBroadcast } from '../../platform/broadcast.ts';
import { createEgress } from '../../platform/egress.ts';
import { secret } from '../../platform/secret.ts';
import { createSecrets, loadMasterKey } from '../../platform/secrets.ts';
import { testApp, type TestApp } from '../../testing/app.ts';
import { createModels, demoProviderId, ModelUnavailable, type ModelsDeps } from './index.ts';
import { listingKey, modelListServer } from '../../testing/model-list-server.ts';

const unknownId = '01990000-0000-7000-8000-00000000dead';

/** The module as another node has it: the same database, memory and news of its own. */
const otherNode = (app: TestApp, changes: Partial<ModelsDeps> = {}) => {
  const { config } = app.parley;
  const log = pino({ level: 'silent' });
  const broadcast = createBroadcast();
  const time = { now: new Date('2026-01-01T00:00:00Z') };
  const models = createModels({
    database: app.database,
    egress: createEgress({ allow: config.egressAllow, log }),
    secrets: createSecrets(loadMasterKey(config.masterKey, config.dataDir)),
    broadcast,
    config: {
      environmentKeys: { anthropic: null, openai: null },
      ollamaUrl: config.ollamaUrl,
      calls: config.modelCalls,
    },
    telemetry: app.parley.telemetry,
    clock: { now: () => time.now },
    log,
    ...changes,
  });
  return { models, broadcast, time };
};

const workspaceOf = async (app: TestApp, name: string): Promise<string> =>
  (await app.as(name).me.get()).workspaces[0]!.id;

const refusalOf = async (call: Promise<unknown>): Promise<ModelUnavailable> => {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ModelUnavailable);
  return error as ModelUnavailable;
};

describe('resolving a model', () => {
  it('finds the demo without a statement', async () => {
    await using app = await testApp();
    const workspaceId = await workspaceOf(app, 'alice');
    const { models } = otherNode(app);
    const demo = { providerId: demoProviderId, name: 'demo' };
    const statements = await app.statements(async () => {
      expect(await models.resolve(workspaceId, demo)).toMatchObject({
        kind: 'demo',
        providerId: demoProviderId,
        model: 'demo',
      });
    });
    expect(statements).toBe(0);
    expect(await refusalOf(models.resolve(workspaceId, { ...demo, name: 'gpt' }))).toMatchObject({
      code: 'model_missing',
    });
  });

  it('opens the key, and answers from memory until there is news', async () => {
    await using app = await testApp();
    await using server = await modelListServer();
    const workspaceId = await workspaceOf(app, 'alice');
    const { providers, models: api } = app.as('alice');
    const draft = { kind: 'openai-compatible' as const, name: 'House', baseUrl: server.baseUrl, apiKey: listingKey };
    const { id } = await providers.create(draft);
    const { models, broadcast, time } = otherNode(app);
    const ref = { providerId: id, name: 'large' };
    expect(await models.resolve(workspaceId, ref)).toMatchObject({
      providerId: id,
      providerName: 'House',
      kind: 'openai-compatible',
      model: 'large',
      settings: { kind: 'openai-compatible', baseUrl: server.baseUrl, apiKey: listingKey },
    });
    expect(await models.resolve(workspaceId, null)).toMatchObject({ kind: 'demo' });
    const again = async () => {
      await models.resolve(workspaceId, ref);
      await models.resolve(workspaceId, null);
    };
    expect(await app.statements(again)).toBe(0);

    await api.setDefault({ providerId: id, name: 'small' });
    await providers.update(id, { name: 'Ours' });
    broadcast.publish('models.changed', { workspaceId: unknownId });
    expect(await models.resolve(workspaceId, null)).toMatchObject({ kind: 'demo' });
    broadcast.publish('models.changed', { workspaceId });
    expect(await models.resolve(workspaceId, null)).toMatchObject({ providerName: 'Ours', model: 'small' });

    // A change whose news was lost.
    await models.resolve(workspaceId, ref);
    await providers.delete(id);
    expect(await models.resolve(workspaceId, ref)).toMatchObject({ providerId: id });
    time.now = new Date(time.now.getTime() + 60_001);
    expect(await refusalOf(models.resolve(workspaceId, ref))).toMatchObject({
      code: 'provider_missing',
      message: 'This bot’s model provider was deleted. Choose another model in the bot’s settings, then retry.',
    });
    expect((await refusalOf(models.resolve(workspaceId, null))).message).toMatch(/Choose another default/);
  });

  it('does not remember failures, nor what was read before a change', async () => {
    await using app = await testApp();
    const workspaceId = await workspaceOf(app, 'alice');
    const { providers } = app.as('alice');
    const { id } = await providers.create({ kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1' });
    const { models, broadcast } = otherNode(app);
    const ref = { providerId: id, name: 'm' };
    const reading = models.resolve(workspaceId, ref);
    broadcast.publish('models.changed', { workspaceId });
    await reading;
    expect(await app.statements(() => models.resolve(workspaceId, ref))).toBeGreaterThan(0);
    await refusalOf(models.resolve(workspaceId, { ...ref, providerId: unknownId }));
    expect(
      await app.statements(() => refusalOf(models.resolve(workspaceId, { ...ref, providerId: unknownId }))),
    ).toBeGreaterThan(0);
  });

  it('never crosses workspaces', async () => {
    await using app = await testApp();
    const { id } = await app
      .as('alice')
      .providers.create({ kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1' });
    const ref = { providerId: id, name: 'm' };
    const { models } = otherNode(app);
    expect(await models.resolve(await workspaceOf(app, 'alice'), ref)).toMatchObject({ providerId: id });
    const bobs = await workspaceOf(app, 'bob');
    expect(await refusalOf(models.resolve(bobs, ref))).toMatchObject({ code: 'provider_missing' });
    expect(await models.hasProvider(bobs, id)).toBe(false);
    expect(await models.hasProvider(bobs, demoProviderId)).toBe(true);
  });

  it('says which key is missing', async () => {
    await using app = await testApp({ ANTHROPIC_API_KEY: 'sk-ant-environment-0123456789' });
    const workspaceId = await workspaceOf(app, 'alice');
    const { providers } = app.as('alice');
    const fromEnvironment = await providers.create({ kind: 'anthropic', source: 'environment' });
    const own = await providers.create({
      kind: 'openai-compatible',
      baseUrl: 'http://127.0.0.1:9/v1',
      apiKey: 'own-key',
    });
    const ref = (providerId: string) => ({ providerId, name: 'm' });

    const bare = otherNode(app).models;
    const gone = await refusalOf(bare.resolve(workspaceId, ref(fromEnvironment.id)));
    expect(gone).toMatchObject({ code: 'key_missing', message: expect.stringContaining('ANTHROPIC_API_KEY') });
    const other = otherNode(app, { secrets: createSecrets(Buffer.alloc(32, 8)) }).models;
    const sealed = await refusalOf(other.resolve(workspaceId, ref(own.id)));
    expect(sealed).toMatchObject({ code: 'key_missing', message: expect.stringContaining('Enter it again') });

    const config = {
      environmentKeys: { anthropic: secret('from-environment'), openai: null },
      ollamaUrl: 'http://127.0.0.1:9',
      calls: app.parley.config.modelCalls,
    };
    expect(await otherNode(app, { config }).models.resolve(workspaceId, ref(fromEnvironment.id))).toMatchObject({
      settings: { apiKey: 'from-environment', baseUrl: 'https://api.anthropic.com' },
    });
  });
});
