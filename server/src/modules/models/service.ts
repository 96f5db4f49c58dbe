import type { Broadcast } from '../../platform/broadcast.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Clock } from '../../platform/clock.ts';
import { AppError, notFound } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import type { Secrets } from '../../platform/secrets.ts';
import { requireEnvironment } from './access.ts';
import { demoProvider } from './built-in.ts';
import { hintOf, sealContext, type Connections } from './connections.ts';
import type { createOffers } from './offers.ts';
import type { createResolver } from './resolve.ts';
import type {
  Model,
  ModelRef,
  ProviderBody,
  ProviderDraft,
  ProviderOffer,
  ProviderPatch,
  ProviderTest,
  ProviderView,
} from './schemas.ts';
import type { KeyedProvider, ModelStore, ProviderChanges, StoredProvider } from './store.ts';
import { ModelUnavailable } from './unavailable.ts';

export const PROVIDERS_LIMIT = 50;
const LIST_ON_SAVE_MS = 5_000;
const CHANGED = 'models.changed';

interface Deps {
  store: ModelStore;
  connections: Connections;
  offers: ReturnType<typeof createOffers>;
  resolver: ReturnType<typeof createResolver>;
  secrets: Secrets;
  broadcast: Broadcast;
  clock: Clock;
}

const present = (provider: StoredProvider): ProviderView => ({
  id: provider.id,
  kind: provider.kind,
  name: provider.name,
  baseUrl: provider.baseUrl,
  keyHint: provider.keyHint,
  source: provider.source,
  models: provider.models,
  createdAt: provider.createdAt.toISOString(),
});

const builtIn: ProviderView = {
  id: demoProvider.id,
  kind: demoProvider.kind,
  name: demoProvider.name,
  baseUrl: null,
  keyHint: null,
  source: 'built-in',
  models: demoProvider.models,
  createdAt: demoProvider.createdAt.toISOString(),
};

const refuseBuiltIn = (id: string): void => {
  if (id === demoProvider.id)
    throw new AppError('forbidden', 'The demo provider is part of Parley and stays as it is.');
};

const unprocessable = (message: string, path: string, fault: string) =>
  new AppError('unprocessable', message, { errors: [{ path, message: fault }] });

export const createModelService = (deps: Deps) => {
  const { store, connections, offers, resolver, secrets, broadcast, clock } = deps;

  broadcast.subscribe<{ workspaceId: string }>(CHANGED, ({ workspaceId }) => resolver.forget(workspaceId));

  const changed = (workspaceId: string): void => {
    resolver.forget(workspaceId);
    broadcast.publish(CHANGED, { workspaceId });
  };

  const listModels = async (settings: Parameters<Connections['test']>[0]): Promise<string[] | null> => {
    const test = await connections.test(settings, LIST_ON_SAVE_MS);
    return test.ok ? test.models : null;
  };

  const hasProvider = async (workspaceId: string, id: string): Promise<boolean> =>
    id === demoProvider.id || (await store.exists(workspaceId, id));

  const requireUnadopted = (connected: readonly StoredProvider[], { kind, source }: ProviderDraft): void => {
    if (source === 'environment' && connected.some((one) => one.kind === kind && one.source === source))
      throw new AppError('conflict', 'This key of the environment is already connected in this workspace.');
  };

  const decideChanges = (provider: KeyedProvider, patch: ProviderPatch): ProviderChanges => {
    const { kind } = provider;
    const { name, apiKey, baseUrl } = patch;
    if (provider.source === 'environment' && (apiKey !== undefined || baseUrl !== undefined))
      throw unprocessable(
        'This provider takes its key and address from the environment. Connect another one to use your own key.',
        apiKey === undefined ? 'baseUrl' : 'apiKey',
        'cannot be changed here',
      );
    if (kind === 'openai' && baseUrl !== undefined)
      throw unprocessable(
        'OpenAI has one address. For another one connect an OpenAI-compatible provider.',
        'baseUrl',
        'cannot be changed for this kind',
      );
    if (apiKey === null && connections.providers[kind].needsKey)
      throw unprocessable('This provider cannot work without a key.', 'apiKey', 'cannot be removed for this kind');
    // Otherwise whoever may edit could have a key that somebody else entered sent to an address of their own.
    if (baseUrl !== undefined && baseUrl !== provider.baseUrl && provider.sealedKey !== null && apiKey === undefined)
      throw unprocessable(
        'Enter the key again: a stored key is only sent to the address it was entered for.',
        'apiKey',
        'is required when the address changes',
      );
    return {
      ...(name === undefined ? {} : { name }),
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(apiKey === undefined
        ? {}
        : {
            sealedKey: apiKey === null ? null : secrets.seal(apiKey, sealContext(provider.id)),
            keyHint: hintOf(apiKey),
          }),
    };
  };

  return {
    async list(caller: Caller): Promise<ProviderView[]> {
      return [...(await store.list(caller.workspaceId)).map(present), builtIn];
    },

    async offers(caller: Caller): Promise<ProviderOffer[]> {
      return await offers(caller, await store.list(caller.workspaceId));
    },

    async create(caller: Caller, body: ProviderBody): Promise<ProviderView> {
      if (body.source === 'environment') requireEnvironment(caller);
      const settings = connections.settingsOfDraft(body);
      const connected = await store.list(caller.workspaceId);
      requireUnadopted(connected, body);
      if (connected.length >= PROVIDERS_LIMIT)
        throw new AppError(
          'conflict',
          `A workspace has at most ${PROVIDERS_LIMIT} providers. Delete one that is no longer used, then try again.`,
        );
      const id = newId();
      const own = body.source === 'workspace' ? (body.apiKey ?? null) : null;
      const models = (await listModels(settings)) ?? [];
      const provider = await store.insert(
        caller.workspaceId,
        {
          id,
          kind: body.kind,
          name: body.name ?? defaultName(body),
          baseUrl: body.baseUrl ?? null,
          source: body.source,
          sealedKey: own === null ? null : secrets.seal(own, sealContext(id)),
          keyHint: hintOf(own),
          models,
          createdBy: caller.userId,
        },
        clock.now(),
      );
      changed(caller.workspaceId);
      return present(provider);
    },

    async update(caller: Caller, id: string, patch: ProviderPatch): Promise<ProviderView> {
      refuseBuiltIn(id);
      const decide = (provider: KeyedProvider) => decideChanges(provider, patch);
      const provider = await store.change(caller.workspaceId, id, decide, clock.now());
      if (!provider) throw notFound();
      changed(caller.workspaceId);
      if (patch.apiKey === undefined && patch.baseUrl === undefined) return present(provider);
      const models = await listModels(connections.settingsOf(provider));
      if (models === null) return present(provider);
      await store.keepModels(caller.workspaceId, id, models);
      return present({ ...provider, models });
    },

    async remove(caller: Caller, id: string): Promise<void> {
      refuseBuiltIn(id);
      if (!(await store.remove(caller.workspaceId, id))) throw notFound();
      changed(caller.workspaceId);
    },

    async test(caller: Caller, draft: ProviderDraft): Promise<ProviderTest> {
      if (draft.source === 'environment') requireEnvironment(caller);
      return await connections.test(connections.settingsOfDraft(draft));
    },

    async retest(caller: Caller, id: string): Promise<ProviderTest> {
      if (id === demoProvider.id)
        return { ok: true, message: 'The demo provider always works.', models: demoProvider.models, latencyMs: 0 };
      const provider = await store.find(caller.workspaceId, id);
      if (!provider) throw notFound();
      try {
        const test = await connections.test(connections.settingsOf(provider));
        if (test.ok) await store.keepModels(caller.workspaceId, id, test.models);
        return test;
      } catch (error) {
        if (!(error instanceof ModelUnavailable)) throw error;
        return { ok: false, message: error.message, models: [], latencyMs: 0 };
      }
    },

    async models(caller: Caller): Promise<Model[]> {
      const chosen = (await store.findDefault(caller.workspaceId)) ?? demoProvider.model;
      const providers = [...(await store.list(caller.workspaceId)), demoProvider];
      return providers.flatMap((provider) => {
        const isChosen = (name: string) => provider.id === chosen.providerId && name === chosen.name;
        const unlisted = provider.id === chosen.providerId && !provider.models.includes(chosen.name);
        return [...provider.models, ...(unlisted ? [chosen.name] : [])].map((name) => ({
          providerId: provider.id,
          providerName: provider.name,
          kind: provider.kind,
          name,
          isDefault: isChosen(name),
        }));
      });
    },

    async setDefault(caller: Caller, ref: ModelRef): Promise<Model> {
      const provider =
        ref.providerId === demoProvider.id ? demoProvider : await store.find(caller.workspaceId, ref.providerId);
      if (!provider)
        throw unprocessable(
          'There is no such provider in this workspace.',
          'providerId',
          'is not a provider of this workspace',
        );
      if (provider.id === demoProvider.id && !demoProvider.models.includes(ref.name))
        throw unprocessable('The demo provider has no such model.', 'name', `must be "${demoProvider.model.name}"`);
      await store.setDefault(caller.workspaceId, ref);
      changed(caller.workspaceId);
      return { ...ref, providerName: provider.name, kind: provider.kind, isDefault: true };
    },

    hasProvider,
  };

  function defaultName({ kind, baseUrl }: ProviderBody): string {
    return kind === 'openai-compatible' && baseUrl !== undefined
      ? new URL(baseUrl).host
      : connections.providers[kind].title;
  }
};

export type ModelService = ReturnType<typeof createModelService>;
