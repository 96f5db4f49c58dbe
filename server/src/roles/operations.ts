import { timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Secret } from '../platform/config.ts';
import type { Database } from '../platform/database/connect.ts';
import { notFound } from '../platform/errors.ts';
import { sha256 } from '../platform/ids.ts';
import type { Telemetry } from '../platform/telemetry.ts';

// Together well below the two seconds within which a loss must show.
const rememberMs = 500;
const probeMs = 1_000;

/** Asks the database, at most twice a second however often it is asked itself. */
const createReadiness = (database: Database) => {
  let asked = 0;
  let answer: Promise<boolean> = Promise.resolve(false);
  const probe = async (): Promise<boolean> => {
    const timeout = new Promise<boolean>((resolve) => setTimeout(resolve, probeMs, false).unref());
    const reply = sql`select 1`.execute(database.system).then(
      () => true,
      () => false,
    );
    return Promise.race([reply, timeout]);
  };
  return (): Promise<boolean> => {
    if (Date.now() - asked >= rememberMs) {
      asked = Date.now();
      answer = probe();
    }
    return answer;
  };
};

const mayReadMetrics = (request: FastifyRequest, token: Secret | null): boolean => {
  // Behind a proxy on this machine everybody's address is this machine.
  if (!token && ('x-forwarded-for' in request.headers || 'forwarded' in request.headers)) return false;
  if (!token) return ['127.0.0.1', '::1', '::ffff:127.0.0.1'].includes(request.socket.remoteAddress ?? '');
  const given = request.headers.authorization ?? '';
  return timingSafeEqual(sha256(given), sha256(`Bearer ${token.reveal()}`));
};

/** Health, readiness and metrics, for those who run the installation. */
export const addOperations = (
  app: FastifyInstance,
  deps: {
    database: Database;
    telemetry: Telemetry;
    metricsToken: Secret | null;
    links(): { name: string; up: boolean }[];
    isStopping(): boolean;
    warnings(): string[];
  },
): void => {
  const ready = createReadiness(deps.database);
  const open = { access: 'public' as const };
  app.get('/healthz', { config: open, schema: { hide: true } }, () => ({ status: 'alive' }));
  app.get('/readyz', { config: open, schema: { hide: true } }, async (_request, reply) => {
    const database = await ready();
    const isReady = database && !deps.isStopping();
    deps.telemetry.ready.set(isReady ? 1 : 0);
    void reply.code(isReady ? 200 : 503).header('cache-control', 'no-store');
    // Without a link this node looks for news by itself, a little later: no reason to send people elsewhere.
    const links = deps
      .links()
      .map(({ name, up }): [string, string] => [name, up ? 'ok' : 'does not answer (degraded: polling)']);
    const warnings = deps.warnings();
    return {
      status: isReady ? 'ready' : deps.isStopping() ? 'stopping' : 'not ready',
      checks: { database: database ? 'ok' : 'does not answer', ...Object.fromEntries(links) },
      ...(warnings.length > 0 ? { warnings } : {}),
    };
  });
  app.get('/metrics', { config: open, schema: { hide: true } }, async (request, reply) => {
    if (!mayReadMetrics(request, deps.metricsToken)) throw notFound();
    void reply.type(deps.telemetry.registry.contentType);
    return deps.telemetry.registry.metrics();
  });
  app.get('/v1/openapi.json', { config: open, schema: { hide: true } }, () => app.swagger());
};
