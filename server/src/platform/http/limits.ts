import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';

/** How often one route may be used by one address, user or account (the `email` of the body). */
export interface RouteLimit {
  name: string;
  by: 'address' | 'user' | 'account';
  points: number;
  seconds: number;
}

const keyOf = (request: FastifyRequest, limit: RouteLimit): string => {
  if (limit.by === 'user') return request.caller.userId;
  if (limit.by === 'address') return request.ip;
  const email = (request.body as { email?: unknown } | undefined)?.email;
  return typeof email === 'string' ? email.trim().toLowerCase() : request.ip;
};

/** Counts requests per limit in memory; throws rate_limited with the seconds to wait. */
export const createLimits = () => {
  const limiters = new Map<string, RateLimiterMemory>();
  return async (request: FastifyRequest, limit: RouteLimit): Promise<void> => {
    let limiter = limiters.get(limit.name);
    if (!limiter) {
      limiter = new RateLimiterMemory({ keyPrefix: limit.name, points: limit.points, duration: limit.seconds });
      limiters.set(limit.name, limiter);
    }
    try {
      await limiter.consume(keyOf(request, limit));
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const retryAfter = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
      throw new AppError('rate_limited', `Too many attempts. Try again in ${retryAfter} s.`, { retryAfter });
    }
  };
};
