import { z } from 'zod';
import type { Routes } from '../../platform/http/app.ts';
import {
  ModelRefSchema,
  ModelSchema,
  ProviderOfferSchema,
  ProviderSchema,
  ProviderTestSchema,
  providerBody,
  providerPatch,
  providerTestBody,
} from './schemas.ts';
import type { ModelService } from './service.ts';

const params = z.strictObject({ id: z.uuid() });
const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), nextCursor: z.string().nullable() });
const whole = <T>(items: T[]) => ({ items, nextCursor: null });
// Each of these makes the server call an address of the caller's choice.
const callsOut = { name: 'providers.call', by: 'user', points: 60, seconds: 60 } as const;
const bodyLimit = 16 * 1024;

export const modelRoutes =
  (service: ModelService): Routes =>
  (app) => {
    app.get(
      '/v1/providers',
      {
        config: { access: 'admin' },
        schema: {
          operationId: 'listProviders',
          tags: ['providers'],
          summary: 'The model providers of the workspace',
          response: { 200: listOf(ProviderSchema) },
        },
      },
      async (request) => whole(await service.list(request.caller)),
    );

    app.get(
      '/v1/providers/offers',
      {
        config: { access: 'admin', limit: callsOut },
        schema: {
          operationId: 'listProviderOffers',
          tags: ['providers'],
          summary:
            'Keys in the environment and local model servers that could be connected; empty but for the operator',
          response: { 200: listOf(ProviderOfferSchema) },
        },
      },
      async (request) => whole(await service.offers(request.caller)),
    );

    app.post(
      '/v1/providers',
      {
        config: { access: 'admin', limit: callsOut },
        bodyLimit,
        schema: {
          operationId: 'createProvider',
          tags: ['providers'],
          summary: 'Connect a model provider',
          body: providerBody,
          response: { 201: ProviderSchema },
        },
      },
      async (request, reply) => reply.status(201).send(await service.create(request.caller, request.body)),
    );

    app.patch(
      '/v1/providers/:id',
      {
        config: { access: 'admin', limit: callsOut },
        bodyLimit,
        schema: {
          operationId: 'updateProvider',
          tags: ['providers'],
          summary: 'Change the name, key or address of a provider',
          params,
          body: providerPatch,
          response: { 200: ProviderSchema },
        },
      },
      async (request) => service.update(request.caller, request.params.id, request.body),
    );

    app.delete(
      '/v1/providers/:id',
      {
        config: { access: 'admin' },
        schema: {
          operationId: 'deleteProvider',
          tags: ['providers'],
          summary: 'Delete a provider and its key; bots that use it answer again once another model is chosen',
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
      '/v1/providers/test',
      {
        config: { access: 'admin', limit: callsOut },
        bodyLimit,
        schema: {
          operationId: 'testProvider',
          tags: ['providers'],
          summary: 'Try a provider before it is saved',
          body: providerTestBody,
          response: { 200: ProviderTestSchema },
        },
      },
      async (request) => service.test(request.caller, request.body),
    );

    app.post(
      '/v1/providers/:id/test',
      {
        config: { access: 'admin', limit: callsOut },
        schema: {
          operationId: 'retestProvider',
          tags: ['providers'],
          summary: 'Try a saved provider and read its models anew',
          params,
          response: { 200: ProviderTestSchema },
        },
      },
      async (request) => service.retest(request.caller, request.params.id),
    );

    app.get(
      '/v1/models',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'listModels',
          tags: ['models'],
          summary: 'The models that bots of the workspace can use',
          response: { 200: listOf(ModelSchema) },
        },
      },
      async (request) => whole(await service.models(request.caller)),
    );

    app.put(
      '/v1/models/default',
      {
        config: { access: 'admin' },
        bodyLimit,
        schema: {
          operationId: 'setDefaultModel',
          tags: ['models'],
          summary: 'Choose the model of bots that name none',
          body: ModelRefSchema,
          response: { 200: ModelSchema },
        },
      },
      async (request) => service.setDefault(request.caller, request.body),
    );
  };
