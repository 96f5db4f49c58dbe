import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { FastifyRequest } from 'fastify';
import type { RedisScript } from '../broadcast-redis.ts';
import { AppError } from '../errors.ts';
import { sha256Hex } from '../ids.ts';

/** How often something may be done within some seconds. */
export interface Limit {
  name: string;
  points: number;
  seconds: number;
}

/** How often one route may be used by one address, user or account (the `email` of the body). */
export interface RouteLimit extends Limit {
  by: 'address' | 'user' | 'account';
}

/** Counts for whom a limit holds; throws rate_limited with the seconds to wait. */
export type Count = (limit: Limit, key: string) => Promise<void>;

/** Limits below this count every single try in the shared store; higher ones count this part of themselves at a time. */
const sharedParts = 50;
/** Whoever asks does not wait longer for the shared store: the own count stands in. */
const sharedWithinMs = 300;

interface Counter {
  here: RateLimiterMemory;
  /** What all nodes counted together, told `step` tries at a time. */
  shared: RateLimiterRedis | null;
  step: number;
}

const createCounter = ({ name, points, seconds }: Limit, script: RedisScript | null): Counter => {
  const options = { keyPrefix: name, points, duration: seconds };
  const client = script && {
    eval: (text: string, given: { keys: string[]; arguments: string[] }) => script(text, given.keys, given.arguments),
  };
  return {
    here: new RateLimiterMemory(options),
    shared: client ? new RateLimiterRedis({ ...options, storeClient: client, useRedisPackage: true }) : null,
    step: Math.max(1, Math.floor(points / sharedParts)),
  };
};

/** The refusal of the shared count; null when it lets through or does not answer. */
const askShared = async (shared: RateLimiterRedis, key: string, step: number): Promise<RateLimiterRes | null> => {
  try {
    await shared.consume(sha256Hex(key), step);
    return null;
  } catch (refusal) {
    return refusal instanceof RateLimiterRes ? refusal : null;
  }
};

const late = (): Promise<null> =>
  new Promise((resolve) => {
    setTimeout(resolve, sharedWithinMs, null).unref();
  });

/**
 * Counts in this process and, with Redis, together with the other nodes. A caller far below a high limit costs no round
 * trip: the shared count is told of a fiftieth of the limit at a time, behind the request's back, so together the nodes
 * may let through that much more each. Low limits (sign-in and the like) are exact. Without an answer of Redis the own
 * count holds.
 */
export const createCount = (script: RedisScript | null = null): Count => {
  const counters = new Map<string, Counter>();

  const refuse = (refusal: RateLimiterRes): never => {
    const retryAfter = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
    throw new AppError('rate_limited', `Too many attempts. Try again in ${retryAfter} s.`, { retryAfter });
  };

  return async (limit, key) => {
    let counter = counters.get(limit.name);
    if (!counter) counters.set(limit.name, (counter = createCounter(limit, script)));
    const { here, shared, step } = counter;
    const own = await here.consume(key).catch((refusal: unknown) => {
      if (refusal instanceof RateLimiterRes) return refuse(refusal);
      throw refusal;
    });
    if (!shared || own.consumedPoints % step !== 0) return;
    const asked = askShared(shared, key, step).then(async (refusal) => {
      if (refusal) await here.block(key, Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)));
      return refusal;
    });
    if (step > 1) return;
    const refusal = await Promise.race([asked, late()]);
    if (refusal) refuse(refusal);
  };
};

const keyOf = (request: FastifyRequest, limit: RouteLimit): string => {
  if (limit.by === 'user') return request.caller.userId;
  if (limit.by === 'address') return request.ip;
  const email = (request.body as { email?: unknown } | undefined)?.email;
  return typeof email === 'string' ? email.trim().toLowerCase() : request.ip;
};

/** What a signed-in user may ask for in a minute, whatever the route. */
export interface UserLimits {
  writesPerMinute: number;
  readsPerMinute: number;
}

export const readLimit = ({ readsPerMinute }: UserLimits): Limit => ({
  name: 'reads',
  points: readsPerMinute,
  seconds: 60,
});
export const writeLimit = ({ writesPerMinute }: UserLimits): Limit => ({
  name: 'writes',
  points: writesPerMinute,
  seconds: 60,
});

/** Counts a request for a route's limit. */
export const countRequest = (count: Count, request: FastifyRequest, limit: RouteLimit): Promise<void> =>
  count(limit, keyOf(request, limit));
