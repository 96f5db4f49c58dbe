import type { Call } from '../call.ts';
import { sendOnce } from '../idempotency.ts';
import type { SendOptions } from '../idempotency.ts';
import type { ConversationInput, PageQuery, SendInput } from '../inputs.ts';

/** The caller's conversations in the workspace, the last changed first. */
export const createConversations = (call: Call) => ({
  list: (query: PageQuery = {}) => call('get', '/v1/conversations', { query }),
  create: (input: ConversationInput) => call('post', '/v1/conversations', { body: input }),
  get: (id: string) => call('get', '/v1/conversations/{id}', { path: { id } }),
  rename: (id: string, patch: { title: string }) =>
    call('patch', '/v1/conversations/{id}', { path: { id }, body: patch }),
  delete: (id: string) => call('delete', '/v1/conversations/{id}', { path: { id } }),
  messages: (id: string) => call('get', '/v1/conversations/{id}/messages', { path: { id } }),
  /** Sends a message exactly once, over broken connections too; follow the answer with `runs.stream(turn.run.id)`. */
  send: (id: string, input: SendInput, options: SendOptions = {}) =>
    sendOnce(
      (headers) =>
        call('post', '/v1/conversations/{id}/messages', { path: { id }, body: input, headers, signal: options.signal }),
      options,
    ),
  /** Asks for one more answer to the user's message `messageId`, beside those that it has. */
  regenerate: (id: string, messageId: string, options: SendOptions = {}) =>
    sendOnce(
      (headers) =>
        call('post', '/v1/conversations/{id}/messages/{messageId}/answers', {
          path: { id, messageId },
          body: {},
          headers,
          signal: options.signal,
        }),
      options,
    ),
  /** Asks for an answer that begins with the text of the ended answer `answerId` to the same question, and goes on. */
  continueAnswer: (id: string, messageId: string, answerId: string, options: SendOptions = {}) =>
    sendOnce(
      (headers) =>
        call('post', '/v1/conversations/{id}/messages/{messageId}/answers', {
          path: { id, messageId },
          body: { continueFrom: answerId },
          headers,
          signal: options.signal,
        }),
      options,
    ),
  /** What became of the send with this key; `done: false` when nothing was written with it, or nothing yet. */
  findSend: (key: string, of: 'message' | 'answer' = 'message') => call('get', '/v1/sends', { query: { key, of } }),
});
