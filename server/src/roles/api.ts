import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import type { Parley } from '../compose.ts';
import { ConfigError } from '../platform/config.ts';
import { createHttp } from '../platform/http/app.ts';
import { version } from '../version.ts';
import { addOperations } from './operations.ts';

const webFolder = fileURLToPath(new URL('../../../web/dist', import.meta.url));

/** The HTTP side of an installation, not yet listening; without the role `api` only what operators ask. */
export const createApi = async (parley: Parley): Promise<FastifyInstance> => {
  const isApi = parley.config.roles.includes('api');
  const app = await createHttp({
    publicUrl: parley.config.publicUrl,
    trustedProxies: parley.config.trustedProxies,
    resolveCaller: parley.resolveCaller,
    routes: isApi ? parley.routes : [],
    limits: parley.config.limits,
    count: parley.count,
    ...(isApi ? { webFolder } : {}),
    log: parley.log,
    telemetry: parley.telemetry,
    version,
  });
  addOperations(app, {
    database: parley.database,
    telemetry: parley.telemetry,
    metricsToken: parley.config.metricsToken,
    links: parley.broadcast.links,
    isStopping: parley.runs.isStopping,
    warnings: parley.warnings,
  });
  return app;
};

/** Listens as configured; returns the port. */
export const listen = async (app: FastifyInstance, address: { host: string; port: number }): Promise<number> => {
  try {
    // The address that people use is announced once, when everything is ready.
    await app.listen({ ...address, listenTextResolver: () => 'listening' });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE')
      throw new ConfigError([
        `PORT ${address.port} is taken on ${address.host}; stop what listens there or set another PORT`,
      ]);
    if (code === 'EACCES')
      throw new ConfigError([`PORT ${address.port} needs more rights than this process has; use one above 1023`]);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new ConfigError([`HOST ${address.host} is not an address of this machine; use 127.0.0.1 or 0.0.0.0`]);
    throw error;
  }
  return (app.server.address() as AddressInfo).port;
};
