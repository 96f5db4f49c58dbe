import createFetchClient from 'openapi-fetch';
import type { paths } from './schema.ts';
import { errorOfFailure, errorOfResponse } from './errors.ts';

/** Where and as whom a client calls. */
export interface ClientOptions {
  /** Origin of the server, with or without a path; '' (the default) means the page's own origin, in browsers. */
  baseUrl?: string;
  /** Instead of the global `fetch`: cookies, tracing, tests. */
  fetch?: typeof globalThis.fetch;
  /** The active workspace; left out: the caller's personal one. */
  workspace?: string | null;
  /** Asked before every request, for example for an `Origin` outside browsers. */
  headers?: () => Record<string, string>;
}

/** How a client reaches the server: JSON calls, and raw requests for streams. */
export interface Transport {
  call: Call;
  open: (path: string, init: RequestInit & { headers: Record<string, string> }) => Promise<Response>;
}

type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';
type PathWith<M extends Method> = { [P in keyof paths]: paths[P][M] extends object ? P : never }[keyof paths];
type Operation<M extends Method, P extends keyof paths> = NonNullable<paths[P][M]>;
type JsonOf<R> = R extends { content: { 'application/json': infer Body } } ? Body : void;
type Success<O> = O extends { responses: infer R } ? JsonOf<R[keyof R & (200 | 201 | 202 | 204)]> : never;
type Parameters<O, K extends string> = O extends { parameters: { [key in K]: infer Value } } ? Value : never;

interface CallInit<O> {
  path?: Parameters<O, 'path'>;
  query?: O extends { parameters: { query?: infer Query } } ? Query : never;
  body?: O extends { requestBody: { content: { 'application/json': infer Body } } } ? Body : never;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** Sends one request and resolves with the parsed body; rejects with a `ParleyError` or the reason of an abort. */
export type Call = <M extends Method, P extends PathWith<M>>(
  method: M,
  path: P,
  init?: CallInit<Operation<M, P>>,
) => Promise<Success<Operation<M, P>>>;

interface Answer {
  response: Response;
  data?: unknown;
  error?: unknown;
}

/** Binds the options to a transport. */
export function createTransport(options: ClientOptions): Transport {
  const baseUrl = (options.baseUrl ?? '').replace(/\/+$/, '');
  const fetchNow: typeof globalThis.fetch = (input, init) => (options.fetch ?? globalThis.fetch)(input, init);
  // Method and path are checked by `Call`; openapi-fetch cannot follow them through a generic function.
  const { request: sendTyped } = createFetchClient<paths>({ baseUrl, fetch: fetchNow, credentials: 'include' });
  const send = sendTyped as unknown as (method: string, path: string, init: object) => Promise<Answer>;
  const headersNow = (own: Record<string, string> = {}): Record<string, string> => ({
    ...(options.workspace ? { 'Parley-Workspace': options.workspace } : {}),
    ...options.headers?.(),
    ...own,
  });

  const call: Call = async (method, path, init = {}) => {
    const { signal, body } = init;
    const request = {
      params: { path: init.path, query: { ...init.query } },
      headers: headersNow({ Accept: 'application/json', ...init.headers }),
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    };
    const answer = await send(method, path, request).catch((cause: unknown) => {
      if (signal?.aborted) throw signal.reason;
      throw errorOfFailure(cause);
    });
    if (!answer.response.ok) throw errorOfResponse(answer.response, answer.error);
    return answer.data as never;
  };

  return {
    call,
    open: (path, init) =>
      fetchNow(baseUrl + path, { ...init, credentials: 'include', headers: headersNow(init.headers) }),
  };
}
