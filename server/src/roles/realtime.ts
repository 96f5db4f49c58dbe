import type { FastifyInstance } from 'fastify';
import type { Parley } from '../compose.ts';
import { serveSockets } from '../platform/http/sockets.ts';

/** WebSockets on the HTTP side of an installation. */
export const serveRealtime = (parley: Parley, app: FastifyInstance): { close(): void } =>
  serveSockets(app.server, {
    publicUrl: parley.config.publicUrl,
    resolveCaller: parley.resolveCaller,
    limits: parley.config.limits,
    count: parley.count,
    sockets: parley.sockets,
    broadcast: parley.broadcast,
    log: parley.log,
  });
