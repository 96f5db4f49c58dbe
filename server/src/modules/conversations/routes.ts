import { z } from 'zod';
import type { Routes } from '../../platform/http/app.ts';
import { ConversationSchema, conversationBody, conversationPatch, conversationsQuery } from './schemas.ts';
import type { ConversationService } from './service.ts';

const params = z.strictObject({ id: z.uuid() });
const tags = ['conversations'];
const writes = { name: 'conversations.write', by: 'user', points: 6000, seconds: 60 } as const;
const bodyLimit = 16 * 1024;

export const conversationRoutes =
  (service: ConversationService): Routes =>
  (app) => {
    app.get(
      '/v1/conversations',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'listConversations',
          tags,
          summary: 'The caller’s conversations, the last active first',
          querystring: conversationsQuery,
          response: { 200: z.object({ items: z.array(ConversationSchema), nextCursor: z.string().nullable() }) },
        },
      },
      async (request) => service.list(request.caller, request.query),
    );

    app.post(
      '/v1/conversations',
      {
        config: { access: 'member', limit: writes },
        bodyLimit,
        schema: {
          operationId: 'createConversation',
          tags,
          summary: 'Begin a conversation with a bot',
          body: conversationBody,
          response: { 201: ConversationSchema },
        },
      },
      async (request, reply) => reply.status(201).send(await service.create(request.caller, request.body)),
    );

    app.get(
      '/v1/conversations/:id',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'getConversation',
          tags,
          summary: 'One conversation, without its messages',
          params,
          response: { 200: ConversationSchema },
        },
      },
      async (request) => service.get(request.caller, request.params.id),
    );

    app.patch(
      '/v1/conversations/:id',
      {
        config: { access: 'viewer', limit: writes },
        bodyLimit,
        schema: {
          operationId: 'renameConversation',
          tags,
          summary: 'Give a conversation another title',
          params,
          body: conversationPatch,
          response: { 200: ConversationSchema },
        },
      },
      async (request) => service.rename(request.caller, request.params.id, request.body.title),
    );

    app.delete(
      '/v1/conversations/:id',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'deleteConversation',
          tags,
          summary: 'Delete a conversation with its messages and runs',
          params,
          response: { 204: z.null().describe('Done.') },
        },
      },
      async (request, reply) => {
        await service.remove(request.caller, request.params.id);
        return reply.status(204).send(null);
      },
    );
  };
