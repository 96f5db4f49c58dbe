import type { Broadcast } from '../../platform/broadcast.ts';
import type { Clock } from '../../platform/clock.ts';
import { demoProvider } from './built-in.ts';
import type { Connections } from './connections.ts';
import type { Credential, Credentials } from './credentials.ts';
import type { Provider, ProviderKind, ProviderSettings } from './provider.ts';
import type { ModelRef } from './schemas.ts';
import type { ModelStore } from './store.ts';
import { ModelUnavailable } from './unavailable.ts';

export interface ResolvedModel {
  provider: Provider;
  settings: ProviderSettings;
  providerId: string;
  providerName: string;
  kind: ProviderKind;
  model: string;
  /** Null for the demo, which cannot be down. */
  credential: Credential | null;
}

const CACHED_WORKSPACES = 5_000;
const CACHED_MODELS = 200;
// News of a change can be lost between nodes; a key that was taken away works no longer than this.
const CACHED_MS = 60_000;

interface Entry {
  until: number;
  model: Promise<ResolvedModel>;
}

export const createResolver = (deps: {
  store: ModelStore;
  connections: Connections;
  credentials: Pick<Credentials, 'of'>;
  news: Pick<Broadcast, 'isWhole' | 'onGap'>;
  clock: Clock;
}) => {
  const { store, connections, credentials, news, clock } = deps;
  const workspaces = new Map<string, Map<string, Entry>>();
  news.onGap(() => workspaces.clear());

  const load = async (workspaceId: string, asked: ModelRef | null): Promise<ResolvedModel> => {
    const ref = asked ?? (await store.findDefault(workspaceId)) ?? demoProvider.model;
    const place = asked ? 'in the bot’s settings' : 'as the workspace’s default in Settings → Models';
    if (ref.providerId === demoProvider.id) {
      if (!demoProvider.models.includes(ref.name))
        throw new ModelUnavailable(
          'model_missing',
          `The demo provider has no model “${ref.name}”. Choose another model ${place}, then retry.`,
        );
      const settings = { kind: demoProvider.kind, baseUrl: '', apiKey: null };
      return resolved(demoProvider.id, demoProvider.name, settings, ref.name, null);
    }
    const row = await store.find(workspaceId, ref.providerId);
    if (!row)
      throw new ModelUnavailable(
        'provider_missing',
        asked
          ? 'This bot’s model provider was deleted. Choose another model in the bot’s settings, then retry.'
          : 'The provider of this workspace’s default model was deleted. Choose another default in Settings → Models, then retry.',
      );
    const settings = connections.settingsOf(row);
    return resolved(row.id, row.name, settings, ref.name, credentials.of(workspaceId, row.id, settings));
  };

  const resolved = (
    providerId: string,
    providerName: string,
    settings: ProviderSettings,
    model: string,
    credential: Credential | null,
  ): ResolvedModel => ({
    provider: connections.providers[settings.kind],
    settings,
    providerId,
    providerName,
    kind: settings.kind,
    model,
    credential,
  });

  const entriesOf = (workspaceId: string): Map<string, Entry> => {
    const known = workspaces.get(workspaceId);
    if (known && known.size < CACHED_MODELS) return known;
    if (workspaces.size >= CACHED_WORKSPACES) workspaces.delete(workspaces.keys().next().value!);
    const fresh = new Map<string, Entry>();
    workspaces.set(workspaceId, fresh);
    return fresh;
  };

  return {
    resolve(workspaceId: string, ref: ModelRef | null): Promise<ResolvedModel> {
      const key = ref ? `${ref.providerId} ${ref.name}` : '';
      const now = clock.now().getTime();
      const known = workspaces.get(workspaceId)?.get(key);
      // While news of changes may be missing, every answer is asked for.
      if (known && known.until > now && news.isWhole()) return known.model;
      const entries = entriesOf(workspaceId);
      // The promise is kept, not its result: an answer read before a change cannot enter the cache after it.
      const entry: Entry = { until: now + CACHED_MS, model: load(workspaceId, ref) };
      entries.set(key, entry);
      entry.model.catch(() => {
        if (entries.get(key) === entry) entries.delete(key);
      });
      return entry.model;
    },

    forget(workspaceId: string): void {
      workspaces.delete(workspaceId);
    },
  };
};
