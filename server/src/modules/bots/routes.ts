import { z } from 'zod';
import type { Routes } from '../../platform/http/app.ts';
import { BotTypeDescriptionSchema, botTypeDescriptions } from './bot-types.ts';
import { BotSchema, botBody, botPatch, botsQuery } from './schemas.ts';
import type { BotService } from './service.ts';

const params = z.strictObject({ id: z.uuid() });
const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), nextCursor: z.string().nullable() });
const tags = ['bots'];
const writes = { name: 'bots.write', by: 'user', points: 300, seconds: 60 } as const;
const bodyLimit = 128 * 1024;

export const botRoutes =
  (service: BotService): Routes =>
  (app) => {
    app.get(
      '/v1/bot-types',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'listBotTypes',
          tags,
          summary: 'What a new bot can start from',
          response: { 200: listOf(BotTypeDescriptionSchema) },
        },
      },
      async () => ({ items: [...botTypeDescriptions], nextCursor: null }),
    );

    app.get(
      '/v1/bots',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'listBots',
          tags,
          summary: 'The bots that the caller can talk with, the demo bot first, then the newest',
          querystring: botsQuery,
          response: { 200: listOf(BotSchema) },
        },
      },
      async (request) => service.list(request.caller, request.query),
    );

    app.post(
      '/v1/bots',
      {
        config: { access: 'member', limit: writes },
        bodyLimit,
        schema: {
          operationId: 'createBot',
          tags,
          summary: 'Make a bot; what is left out comes from its type',
          body: botBody,
          response: { 201: BotSchema },
        },
      },
      async (request, reply) => reply.status(201).send(await service.create(request.caller, request.body)),
    );

    app.get(
      '/v1/bots/:id',
      {
        config: { access: 'viewer' },
        schema: { operationId: 'getBot', tags, summary: 'One bot', params, response: { 200: BotSchema } },
      },
      async (request) => service.get(request.caller, request.params.id),
    );

    app.patch(
      '/v1/bots/:id',
      {
        config: { access: 'member', limit: writes },
        bodyLimit,
        schema: {
          operationId: 'updateBot',
          tags,
          summary: 'Change a bot',
          params,
          body: botPatch,
          response: { 200: BotSchema },
        },
      },
      async (request) => service.update(request.caller, request.params.id, request.body),
    );

    app.delete(
      '/v1/bots/:id',
      {
        config: { access: 'member' },
        schema: {
          operationId: 'deleteBot',
          tags,
          summary: 'Delete a bot; its conversations stay',
          params,
          response: { 204: z.null().describe('Done.') },
        },
      },
      async (request, reply) => {
        await service.remove(request.caller, request.params.id);
        return reply.status(204).send(null);
      },
    );

    app.post(
      '/v1/bots/:id/duplicate',
      {
        config: { access: 'member', limit: writes },
        schema: {
          operationId: 'duplicateBot',
          tags,
          summary: 'Copy a bot of the workspace as a private one of the caller',
          params,
          response: { 201: BotSchema },
        },
      },
      async (request, reply) => reply.status(201).send(await service.duplicate(request.caller, request.params.id)),
    );
  };
