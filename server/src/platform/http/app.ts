import compress from '@fastify/compress';
import swagger from '@fastify/swagger';
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify';
import { jsonSchemaTransform, serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { notFound } from '../errors.ts';
import { newId } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { Telemetry } from '../telemetry.ts';
import { guardRoutes, isSafe, knownCaller, type ResolveCaller } from './authenticate.ts';
import { parseJson, validateInput } from './input.ts';
import { countRequest, createCount, readLimit, writeLimit, type Count, type UserLimits } from './limits.ts';
import { describeSchemas } from './openapi.ts';
import { answerError } from './problem.ts';
import { addSecurityHeaders } from './security-headers.ts';
import { serveWebApp } from './web-app.ts';

/** The Fastify instance that modules add their routes to: zod schemas in and out. */
export type RouteApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** A module's routes. */
export type Routes = (app: RouteApp) => void | Promise<void>;

export interface HttpOptions {
  publicUrl: string;
  trustedProxies: readonly string[];
  resolveCaller: ResolveCaller;
  routes: readonly Routes[];
  /** What a signed-in user may ask for, whatever the route; left out: no such limit. */
  limits?: UserLimits;
  /** Where requests are counted; left out: in this process. */
  count?: Count;
  /** Where the built web app is, when this process serves it. */
  webFolder?: string;
  log: Logger;
  telemetry: Telemetry;
  version: string;
}

const bodyLimit = 1024 * 1024;
const requestId = /^[A-Za-z0-9_.-]{8,64}$/;

const observe = (app: FastifyInstance, telemetry: Telemetry): void => {
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    telemetry.httpSeconds.observe(
      { method: request.method, route, status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
    request.log.info(
      {
        method: request.method,
        route,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        workspaceId: knownCaller(request)?.workspaceId,
        runId: reply.getHeader('parley-run'),
      },
      'answered',
    );
    done();
  });
};

/** Builds the HTTP side: guards, limits, errors, documents. Refuses a route without an access rule. */
export const createHttp = async (options: HttpOptions): Promise<FastifyInstance> => {
  const app = fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit,
    trustProxy: options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    genReqId: (request) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && requestId.test(given) ? given : newId();
    },
    forceCloseConnections: 'idle',
    // Who still asks over an open connection while the server stops is answered; the module in question refuses new work.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      void reply.header('x-request-id', request.id);
      answerError(error, request, reply);
    },
    routerOptions: { maxParamLength: 200 },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, async (_request: unknown, text: string) =>
    parseJson(text),
  );
  app.setErrorHandler(answerError);
  await addSecurityHeaders(app, { https: options.publicUrl.startsWith('https:') });
  await app.register(compress, { threshold: 1024, encodings: ['br', 'gzip'] });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Parley', version: options.version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    },
    transform: jsonSchemaTransform,
    transformObject: describeSchemas,
  });
  guardRoutes(app, options);
  observe(app, options.telemetry);
  const count = options.count ?? createCount();
  app.addHook('preHandler', async (request) => {
    const { limit: own, access } = request.routeOptions.config;
    if (options.limits && access !== undefined && access !== 'public') {
      const general = isSafe(request.method) ? readLimit(options.limits) : writeLimit(options.limits);
      await count(general, request.caller.userId);
    }
    for (const rule of own === undefined ? [] : [own].flat()) await countRequest(count, request, rule);
  });
  for (const routes of options.routes) {
    await app.register(async (scope) => {
      scope.setValidatorCompiler(validateInput);
      scope.setSerializerCompiler(serializerCompiler);
      await routes(scope.withTypeProvider<ZodTypeProvider>() as unknown as RouteApp);
    });
  }
  const served = options.webFolder !== undefined && (await serveWebApp(app, options.webFolder));
  if (!served)
    app.setNotFoundHandler((request, reply) => {
      answerError(notFound(), request, reply);
    });
  return app;
};
