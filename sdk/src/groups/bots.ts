import type { Call } from '../call.ts';
import type { BotInput, BotPatch } from '../inputs.ts';

/** The bots of the workspace. */
export const createBots = (call: Call) => ({
  types: () => call('get', '/v1/bot-types'),
  list: () => call('get', '/v1/bots'),
  create: (input: BotInput) => call('post', '/v1/bots', { body: input }),
  get: (id: string) => call('get', '/v1/bots/{id}', { path: { id } }),
  update: (id: string, patch: BotPatch) => call('patch', '/v1/bots/{id}', { path: { id }, body: patch }),
  delete: (id: string) => call('delete', '/v1/bots/{id}', { path: { id } }),
  duplicate: (id: string) => call('post', '/v1/bots/{id}/duplicate', { path: { id } }),
});
