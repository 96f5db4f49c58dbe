import type { Call } from '../call.ts';
import type { ModelRef } from '../types.ts';
import type { ProviderInput, ProviderPatch, ProviderTestInput } from '../inputs.ts';

/** The workspace's sources of models. */
export const createProviders = (call: Call) => ({
  list: () => call('get', '/v1/providers'),
  offers: () => call('get', '/v1/providers/offers'),
  create: (input: ProviderInput) => call('post', '/v1/providers', { body: input }),
  update: (id: string, patch: ProviderPatch) => call('patch', '/v1/providers/{id}', { path: { id }, body: patch }),
  delete: (id: string) => call('delete', '/v1/providers/{id}', { path: { id } }),
  /** Tries a provider before it is added. */
  test: (input: ProviderTestInput) => call('post', '/v1/providers/test', { body: input }),
  /** Tries a provider of the workspace. */
  retest: (id: string) => call('post', '/v1/providers/{id}/test', { path: { id } }),
});

/** The models that the workspace can use. */
export const createModels = (call: Call) => ({
  list: () => call('get', '/v1/models'),
  setDefault: (model: ModelRef) => call('put', '/v1/models/default', { body: model }),
});
