import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import { AppError, type FieldError } from '../../platform/errors.ts';
import type { Secret } from '../../platform/secret.ts';
import type { Secrets } from '../../platform/secrets.ts';
import { ProviderError, type Provider, type ProviderKind, type ProviderSettings } from './provider.ts';
import { MODEL_NAME_LIMIT, type ProviderDraft, type ProviderTest } from './schemas.ts';
import type { KeyedProvider } from './store.ts';
import { ModelUnavailable } from './unavailable.ts';

export interface EnvironmentKeys {
  anthropic: Secret | null;
  openai: Secret | null;
}

const TEST_MS = 10_000;
const MODELS_KEPT = 300;

const unusable = (message: string, ...errors: FieldError[]) => new AppError('unprocessable', message, { errors });

export const sealContext = (providerId: string): string => `provider:${providerId}`;

// Fewer characters would give too much of a short key away.
export const hintOf = (key: string | null): string | null => (key !== null && key.length >= 12 ? key.slice(-4) : null);

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);

const cleanModels = (names: readonly string[]): string[] =>
  [...new Set(names)]
    .filter((name) => /^[^\p{Cc}]+$/u.test(name) && name.length <= MODEL_NAME_LIMIT)
    .slice(0, MODELS_KEPT);

export const createConnections = (deps: {
  providers: Record<ProviderKind, Provider>;
  secrets: Secrets;
  environmentKeys: EnvironmentKeys;
  clock: Clock;
  log: Logger;
}) => {
  const { providers, secrets, environmentKeys, clock, log } = deps;

  const environmentKey = (kind: ProviderKind): string | null =>
    (kind === 'anthropic' || kind === 'openai' ? environmentKeys[kind] : null)?.reveal() ?? null;

  const baseUrlOf = (kind: ProviderKind, own: string | null): string => own ?? providers[kind].defaultBaseUrl ?? '';

  const settingsFromEnvironment = ({ kind, apiKey, baseUrl }: ProviderDraft): ProviderSettings => {
    const faults = [
      ...(apiKey === undefined ? [] : [{ path: 'apiKey', message: 'cannot be given: it stays in the environment' }]),
      // A key must only ever go to the vendor it belongs to.
      ...(baseUrl === undefined
        ? []
        : [{ path: 'baseUrl', message: 'cannot be set together with a key of the environment' }]),
    ];
    if (faults.length > 0)
      throw unusable('A provider from the environment takes its key and address from there.', ...faults);
    const key = environmentKey(kind);
    if (key === null) {
      const variable = providers[kind].environmentVariable;
      throw unusable(
        variable === null
          ? 'This kind of provider has no key in the environment.'
          : `${variable} is not set in the server’s environment. Set it and restart, or enter a key.`,
        { path: 'source', message: 'has no key in the environment' },
      );
    }
    return { kind, baseUrl: baseUrlOf(kind, null), apiKey: key };
  };

  const explain = (error: ProviderError, settings: ProviderSettings): string => {
    const { title } = providers[settings.kind];
    const host = hostOf(settings.baseUrl);
    switch (error.code) {
      case 'upstream_unauthorized':
        return settings.apiKey === null
          ? `${host} wants a key. Enter one, then test again.`
          : `${host} refused this key. Check that it is complete, active and allowed to use models, then test again.`;
      case 'upstream_timeout':
      case 'aborted':
        return `${host} gave no answer in ${TEST_MS / 1000} seconds. Check the address and that the service is running, then test again.`;
      case 'upstream_not_found':
      case 'upstream_protocol':
      case 'upstream_cut':
        return `${settings.baseUrl} answers, but not as ${title} does: it has no list of models. Check the base URL; it often ends in /v1.`;
      case 'upstream_rate_limited':
      case 'upstream_overloaded':
        return `${host} is busy or the key’s limit is reached. The connection itself works; try again later.`;
      default:
        return error.message;
    }
  };

  // A provider may quote the request in its error text.
  const redact = (message: string, key: string | null): string =>
    key === null ? message : message.replaceAll(key, '[key]');

  return {
    providers,
    environmentKey,

    /** Settings of a provider that is not saved yet, or an AppError that names what does not fit its kind. */
    settingsOfDraft(draft: ProviderDraft): ProviderSettings {
      const { kind, apiKey = null, baseUrl = null, source } = draft;
      if (source === 'environment') return settingsFromEnvironment(draft);
      if (kind === 'openai' && baseUrl !== null)
        throw unusable('OpenAI has one address. For another one choose the kind openai-compatible.', {
          path: 'baseUrl',
          message: 'cannot be set for this kind',
        });
      if (kind === 'openai-compatible' && baseUrl === null)
        throw unusable('Enter the base URL of the service, for example https://api.example.com/v1.', {
          path: 'baseUrl',
          message: 'is required for this kind',
        });
      if (apiKey === null && providers[kind].needsKey)
        throw unusable(`${providers[kind].title} needs an API key.`, {
          path: 'apiKey',
          message: 'is required for this kind',
        });
      return { kind, baseUrl: baseUrlOf(kind, baseUrl), apiKey };
    },

    /** Settings of a saved provider; throws ModelUnavailable when its key is gone. */
    settingsOf(provider: KeyedProvider): ProviderSettings {
      const { kind } = provider;
      const baseUrl = baseUrlOf(kind, provider.baseUrl);
      if (provider.source === 'environment') {
        const apiKey = environmentKey(kind);
        if (apiKey === null)
          throw new ModelUnavailable(
            'key_missing',
            `The key of ${provider.name} came from the environment (${providers[kind].environmentVariable}) and is no longer set. Ask the operator to set it, or enter a key in Settings → Models, then retry.`,
          );
        return { kind, baseUrl, apiKey };
      }
      if (provider.sealedKey === null) {
        if (providers[kind].needsKey)
          throw new ModelUnavailable(
            'key_missing',
            `${provider.name} has no key. Enter one in Settings → Models, then retry.`,
          );
        return { kind, baseUrl, apiKey: null };
      }
      try {
        return { kind, baseUrl, apiKey: secrets.open(provider.sealedKey, sealContext(provider.id)) };
      } catch (error) {
        throw new ModelUnavailable(
          'key_missing',
          `The stored key of ${provider.name} cannot be opened with this server’s master key. Enter it again in Settings → Models, then retry.`,
          error,
        );
      }
    },

    async test(settings: ProviderSettings, limitMs: number = TEST_MS): Promise<ProviderTest> {
      const started = clock.now().getTime();
      const latency = () => Math.max(0, clock.now().getTime() - started);
      try {
        const listed = await providers[settings.kind].listModels(settings, { signal: AbortSignal.timeout(limitMs) });
        const models = cleanModels(listed);
        const count = models.length === 1 ? '1 model' : `${models.length} models`;
        return { ok: true, message: `Connected: ${count} found.`, models, latencyMs: latency() };
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        log.info({ kind: settings.kind, code: error.code, status: error.status }, 'provider test failed');
        const message = redact(explain(error, settings), settings.apiKey);
        return { ok: false, message, models: [], latencyMs: latency() };
      }
    },
  };
};

export type Connections = ReturnType<typeof createConnections>;
