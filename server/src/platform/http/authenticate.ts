import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { hasRole, type Caller, type Role } from '../caller.ts';
import { AppError } from '../errors.ts';
import type { RouteLimit } from './limits.ts';

/** Who may use a route: anyone, anyone signed in, or members of the active workspace from this role up. */
export type Access = 'public' | 'user' | Role;

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    limit?: RouteLimit | readonly RouteLimit[];
  }
  interface FastifyRequest {
    /** Throws on public routes: nobody was asked who is there. */
    caller: Caller;
  }
}

export type ResolveCaller = (request: Pick<FastifyRequest, 'headers'>) => Promise<Caller | null>;

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** True for methods that change nothing (RFC 9110 §9.2.1). */
export const isSafe = (method: string): boolean => safeMethods.has(method);

/** True when a browser's `Origin` is this installation: its public address, or this machine under the name it was called by. */
const isOwnOrigin = (origin: string, host: string | undefined, publicUrl: string): boolean => {
  if (origin === publicUrl) return true;
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  return url.host === host && loopback.has(url.hostname);
};

/** Refuses what carries a cookie or an `Origin` and does not come from a page of this installation. */
export const refuseForeignOrigin = (headers: IncomingHttpHeaders, publicUrl: string): void => {
  const { origin, cookie, host } = headers;
  if (origin === undefined && cookie === undefined) return;
  if (origin === undefined || !isOwnOrigin(origin, host, publicUrl))
    throw new AppError(
      'forbidden',
      `This request does not come from ${publicUrl}. Open Parley there, or set PUBLIC_URL.`,
    );
};

const callers = new WeakMap<FastifyRequest, Caller>();

/** Who asked, as far as that is known already. */
export const knownCaller = (request: FastifyRequest): Caller | undefined => callers.get(request);

/** Makes every route say who may use it, and holds it to that. */
export const guardRoutes = (
  app: FastifyInstance,
  options: { publicUrl: string; resolveCaller: ResolveCaller },
): void => {
  app.decorateRequest('caller', {
    getter(this: FastifyRequest) {
      const caller = callers.get(this);
      if (!caller) throw new Error(`${this.routeOptions.url} is public and has no caller`);
      return caller;
    },
  });
  app.addHook('onRoute', (route) => {
    if (route.config?.access === undefined)
      throw new Error(`route ${String(route.method)} ${route.url} has no access rule`);
  });
  app.addHook('onRequest', async (request) => {
    const access = request.routeOptions.config.access;
    if (!isSafe(request.method)) refuseForeignOrigin(request.headers, options.publicUrl);
    if (access === 'public' || access === undefined) return;
    const caller = await options.resolveCaller(request);
    if (!caller) throw new AppError('unauthenticated', 'Sign in to use this.');
    callers.set(request, caller);
    if (access !== 'user' && !hasRole(caller.role, access))
      throw new AppError('forbidden', `This needs the role ${access} in the workspace; yours is ${caller.role}.`);
  });
};
