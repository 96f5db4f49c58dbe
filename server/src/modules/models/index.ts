import type { Broadcast } from '../../platform/broadcast.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/connect.ts';
import type { Egress } from '../../platform/egress.ts';
import type { Logger } from '../../platform/log.ts';
import type { Secrets } from '../../platform/secrets.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { demoProvider } from './built-in.ts';
import { createModelCall } from './call.ts';
import { createConnections, type EnvironmentKeys } from './connections.ts';
import { createCredentials, type CallRules } from './credentials.ts';
import { createOffers } from './offers.ts';
import { createProviders } from './providers/index.ts';
import { createResolver } from './resolve.ts';
import { modelRoutes } from './routes.ts';
import { createModelService } from './service.ts';
import { createModelStore } from './store.ts';

export type {
  ModelMessage,
  ModelRequest,
  ModelSink,
  PhaseLimits,
  Provider,
  ProviderKind,
  ProviderSettings,
  StopReason,
  Usage,
} from './provider.ts';
export { ProviderError } from './provider.ts';
export type { ModelCall } from './call.ts';
export type { ResolvedModel } from './resolve.ts';
export { MODEL_NAME_LIMIT, ModelRefSchema, type ModelRef } from './schemas.ts';
export { ModelUnavailable } from './unavailable.ts';

/** The provider that is in every workspace without being saved there. */
export const demoProviderId = demoProvider.id;

export interface ModelsDeps {
  database: Database;
  egress: Egress;
  secrets: Secrets;
  broadcast: Broadcast;
  config: { environmentKeys: EnvironmentKeys; ollamaUrl: string; calls: CallRules };
  clock: Clock;
  log: Logger;
  telemetry: Pick<Telemetry, 'circuitChanges' | 'modelCallsRunning' | 'modelCallsWaiting'>;
  demo?: { wordsPerSecond: number };
}

/** Model providers of workspaces and their models. */
export const createModels = (deps: ModelsDeps) => {
  const { database, egress, secrets, broadcast, config, clock, log, telemetry, demo } = deps;
  const store = createModelStore(database);
  const providers = createProviders({ egress, clock, ...(demo ? { demo } : {}) });
  const { environmentKeys, ollamaUrl } = config;
  const connections = createConnections({ providers, secrets, environmentKeys, clock, log });
  const offers = createOffers({ connections, ollamaUrl });
  const credentials = createCredentials({ rules: config.calls, log, telemetry });
  const resolver = createResolver({ store, connections, credentials, news: broadcast, clock });
  const service = createModelService({ store, connections, offers, resolver, secrets, broadcast, clock });
  return {
    /**
     * What to call for a model of this workspace; null stands for the workspace's default model. Throws
     * `ModelUnavailable`. Answers from memory while nothing changes: at most 60 s old, no statement.
     */
    resolve: resolver.resolve,
    /** Asks a model for an answer, as its credential allows. Rejects with `ProviderError`. */
    call: createModelCall(telemetry),
    /** Whether a bot of this workspace may name this provider. */
    hasProvider: service.hasProvider,
    /** For those who run the installation: what does not work as it should, nobody named. */
    warnings: (): string[] =>
      credentials.failing() > 0
        ? [`${credentials.failing()} provider credential(s) kept failing and are left alone for a while`]
        : [],
    routes: modelRoutes(service),
    jobs: [],
    listeners: [],
  };
};

export type Models = ReturnType<typeof createModels>;
