import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, Pool, type Dispatcher } from 'undici';
import { createAddressRules, type AddressRules } from './egress-addresses.ts';
import { connectTimeout, hostOf, parseTarget, portOf, refusal, translate, type Target } from './egress-target.ts';
import { AppError } from './errors.ts';
import type { Logger } from './log.ts';

/** Response headers by lower-case name. */
export type EgressHeaders = IncomingHttpHeaders;

/** Control over a running response. Safe to call at any time, also after its end. */
export interface EgressFlow {
  pause(): void;
  resume(): void;
  /** Closes the socket at once; `stream` rejects with `reason`. */
  abort(reason: Error): void;
}

export interface EgressRequest {
  method: string;
  url: string;
  headers?: Record<string, string>;
  body?: string | Buffer | null;
  /** Largest response body in bytes; default 1 MiB. */
  maxBytes?: number;
  /** For the whole exchange, redirects included; default 15 s. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface EgressResponse {
  status: number;
  headers: EgressHeaders;
  text: string;
}

export interface EgressStreamRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | Buffer | null;
  signal: AbortSignal;
  connectTimeoutMs: number;
}

export interface EgressSink {
  /** The connection stands and the request is being written. */
  start?(flow: EgressFlow): void;
  head(status: number, headers: EgressHeaders, flow: EgressFlow): void;
  data(chunk: Buffer): void;
}

/** The only outgoing HTTP client. Errors are `AppError`: `invalid_request` (address), `forbidden` (guard), `unavailable` (network). */
export interface Egress {
  /** Follows up to five redirects, each checked again; credentials stay on their origin. */
  request(request: EgressRequest): Promise<EgressResponse>;
  /** Resolves at the end of the body. No redirects, no size limit, no time limit after the connection. */
  stream(request: EgressStreamRequest, sink: EgressSink): Promise<void>;
  close(): Promise<void>;
}

export interface EgressOptions {
  /** What the operator allows among private addresses, see `createAddressRules`. */
  allow: readonly string[];
  log: Pick<Logger, 'warn'>;
  /** Name resolution, replaceable for tests. */
  lookup?: (
    host: string,
    options: LookupOptions & { all: true },
    done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
  ) => void;
}

const maxRedirects = 5;
const maxKnownTargets = 500;
const credentialHeaders = new Set(['authorization', 'cookie', 'proxy-authorization', 'x-api-key', 'api-key']);

const guardedLookup =
  (rules: AddressRules, url: URL, lookup: NonNullable<EgressOptions['lookup']>, log: EgressOptions['log']) =>
  (...[name, options, done]: Parameters<LookupFunction>): void => {
    lookup(name, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, '', 0);
      // One private answer among several is an attack or a mistake: none of them is used.
      const refused = addresses.find(({ address }) => !rules.permits(address, hostOf(url), portOf(url)));
      if (refused) {
        log.warn({ host: url.host, address: refused.address }, 'egress refused');
        return done(refusal(refused.address, url), '', 0);
      }
      const first = addresses[0];
      if (!first) return done(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '', 0);
      if (options.all) return done(null, addresses);
      done(null, first.address, first.family);
    });
  };

/** One client for the whole process; it keeps connections open and closes idle ones after 20 s. */
export const createEgress = ({ allow, log, lookup = systemLookup }: EgressOptions): Egress => {
  const rules = createAddressRules(allow);
  const known = new Map<string, Target>();
  const agent = new Agent({
    // A pool for each origin, because the guard must know the port and a lookup is told only the name.
    factory: (origin, options) => {
      const url = new URL(origin);
      return new Pool(url, { ...options, connect: { lookup: guardedLookup(rules, url, lookup, log) } });
    },
    allowH2: false,
    pipelining: 1,
    connections: 4096,
    maxOrigins: 4096,
    connectTimeout: 15_000,
    keepAliveTimeout: 20_000,
    keepAliveMaxTimeout: 60_000,
  });

  const targetOf = (text: string): Target => {
    const cached = known.get(text);
    if (cached) return cached;
    const target = parseTarget(text);
    const host = hostOf(target.url);
    // A literal address is never looked up, so it is judged here.
    if (isIP(host) !== 0 && !rules.permits(host, host, portOf(target.url))) {
      log.warn({ host: target.url.host, address: host }, 'egress refused');
      throw refusal(host, target.url);
    }
    if (known.size >= maxKnownTargets) known.clear();
    known.set(text, target);
    return target;
  };

  const exchange = (
    target: Target,
    { method, headers, body, signal, connectTimeoutMs }: Omit<EgressStreamRequest, 'url'>,
    sink: EgressSink,
  ): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      let controller: Dispatcher.DispatchController | null = null;
      let settled = false;
      const settle = (): void => {
        settled = true;
        clearTimeout(connecting);
        signal.removeEventListener('abort', onAbort);
      };
      const abort = (reason: Error): void => {
        if (settled) return;
        settle();
        reject(reason);
        controller?.abort(reason);
      };
      const onAbort = (): void => abort(signal.reason as Error);
      const connecting = setTimeout(() => abort(connectTimeout(target.url.host, connectTimeoutMs)), connectTimeoutMs);
      signal.addEventListener('abort', onAbort);
      const resume = (): void => {
        if (!settled) controller?.resume();
      };
      const flow: EgressFlow = {
        pause: () => {
          if (!settled) controller?.pause();
        },
        // Not in the caller's stack: undici's parser must not be entered from inside another response's callback.
        resume: () => queueMicrotask(resume),
        abort,
      };
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart: (started) => {
          controller = started;
          if (settled) return started.abort(new Error('aborted before it began'));
          clearTimeout(connecting);
          sink.start?.(flow);
        },
        onResponseStart: (_controller, status, responseHeaders) => {
          if (!settled && status >= 200) sink.head(status, responseHeaders, flow);
        },
        onResponseData: (_controller, chunk) => {
          if (!settled) sink.data(chunk);
        },
        onResponseEnd: () => {
          if (settled) return;
          settle();
          resolve();
        },
        onResponseError: (_controller, error) => {
          if (settled) return;
          settle();
          reject(translate(error, target.url.host));
        },
      };
      const { origin, path } = target;
      try {
        agent.dispatch({ origin, path, method, headers, body, headersTimeout: 0, bodyTimeout: 0 }, handler);
      } catch (error) {
        abort(translate(error, target.url.host) as Error);
      }
    });

  const collect = async (
    target: Target,
    request: Omit<EgressStreamRequest, 'url'>,
    maxBytes: number,
  ): Promise<EgressResponse> => {
    const chunks: Buffer[] = [];
    let size = 0;
    let status = 0;
    let responseHeaders: EgressHeaders = {};
    await exchange(target, request, {
      head: (code, received) => {
        status = code;
        responseHeaders = received;
      },
      data: (chunk) => {
        size += chunk.length;
        if (size > maxBytes) {
          throw new AppError('unavailable', `The answer of ${target.url.host} is larger than ${maxBytes} bytes.`);
        }
        chunks.push(chunk);
      },
    });
    return { status, headers: responseHeaders, text: Buffer.concat(chunks).toString('utf8') };
  };

  const request = async ({
    url,
    maxBytes = 1024 * 1024,
    timeoutMs = 15_000,
    signal: callerSignal,
    ...wanted
  }: EgressRequest): Promise<EgressResponse> => {
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = callerSignal ? AbortSignal.any([callerSignal, deadline]) : deadline;
    let { method, headers = {}, body = null } = wanted;
    let target = targetOf(url);
    try {
      for (let hop = 0; ; hop += 1) {
        const sent = { method, headers, body, signal, connectTimeoutMs: timeoutMs };
        const response = await collect(target, sent, maxBytes);
        const location = response.headers.location;
        if (![301, 302, 303, 307, 308].includes(response.status) || location === undefined) return response;
        if (hop === maxRedirects) {
          throw new AppError('unavailable', `${target.url.host} redirects more than ${maxRedirects} times.`);
        }
        const next = targetOf(URL.canParse(location, target.url.href) ? new URL(location, target.url).href : location);
        const keepsMethod = response.status >= 307 || method === 'GET' || method === 'HEAD';
        const dropped = (name: string): boolean =>
          (next.origin !== target.origin && credentialHeaders.has(name)) ||
          name === 'host' ||
          (!keepsMethod && name.startsWith('content-'));
        headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped(name.toLowerCase())));
        if (!keepsMethod) {
          method = 'GET';
          body = null;
        }
        target = next;
      }
    } catch (error) {
      if (deadline.aborted && !callerSignal?.aborted && !(error instanceof AppError)) {
        throw new AppError('unavailable', `${target.url.host} did not answer within ${timeoutMs / 1000} s.`, {
          cause: error,
        });
      }
      throw error;
    }
  };

  return {
    request,
    // async, so that a refused address rejects instead of throwing.
    stream: async ({ url, ...wanted }, sink) => exchange(targetOf(url), wanted, sink),
    close: () => agent.destroy(),
  };
};
