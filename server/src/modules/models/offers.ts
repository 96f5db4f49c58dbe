import { seesEnvironment } from './access.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Connections } from './connections.ts';
import type { ProviderOffer } from './schemas.ts';
import type { StoredProvider } from './store.ts';

const LOCAL_PROBE_MS = 500;
const environmentKinds = ['anthropic', 'openai'] as const;

/** What could be connected with one click: keys of the environment and a local Ollama, as far as not connected yet. */
export const createOffers = (deps: { connections: Connections; ollamaUrl: string }) => {
  const { connections } = deps;
  const ollamaUrl = `${deps.ollamaUrl.replace(/\/+$/, '')}/v1`;

  const fromEnvironment = (connected: readonly StoredProvider[]): ProviderOffer[] =>
    environmentKinds
      .filter((kind) => connections.environmentKey(kind) !== null)
      .filter((kind) => !connected.some((provider) => provider.kind === kind && provider.source === 'environment'))
      .map((kind) => ({
        kind,
        name: connections.providers[kind].title,
        baseUrl: null,
        source: 'environment',
        variable: connections.providers[kind].environmentVariable,
        models: [],
      }));

  const local = async (connected: readonly StoredProvider[]): Promise<ProviderOffer[]> => {
    if (connected.some((provider) => provider.baseUrl === ollamaUrl)) return [];
    const settings = { kind: 'openai-compatible' as const, baseUrl: ollamaUrl, apiKey: null };
    const { ok, models } = await connections.test(settings, LOCAL_PROBE_MS);
    return ok
      ? [{ kind: settings.kind, name: 'Ollama', baseUrl: ollamaUrl, source: 'local', variable: null, models }]
      : [];
  };

  return async (caller: Caller, connected: readonly StoredProvider[]): Promise<ProviderOffer[]> =>
    seesEnvironment(caller) ? [...fromEnvironment(connected), ...(await local(connected))] : [];
};
