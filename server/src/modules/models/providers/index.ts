import type { Clock } from '../../../platform/clock.ts';
import type { Egress } from '../../../platform/egress.ts';
import type { Provider, ProviderKind } from '../provider.ts';
import { createAnthropicProvider } from './anthropic.ts';
import { createDemoProvider } from './demo.ts';
import { createOpenAiCompatibleProvider, createOpenAiProvider } from './openai-chat.ts';

export interface ProvidersDeps {
  egress: Egress;
  clock: Clock;
  demo?: { wordsPerSecond: number };
}

/** Every kind of model provider. A new kind is one file and one line here; conformance.test.ts runs over them. */
export const createProviders = (deps: ProvidersDeps): Record<ProviderKind, Provider> => ({
  demo: createDemoProvider(deps.demo),
  anthropic: createAnthropicProvider(deps),
  openai: createOpenAiProvider(deps),
  'openai-compatible': createOpenAiCompatibleProvider(deps),
});
