import type { ProblemCode } from '@parley/sdk';
import { vi } from 'vitest';

export interface StubRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body: unknown;
  /** What the `:names` of the pattern stood for. */
  params: Record<string, string>;
}
type Answer = Response | object | null | undefined;
/** Keys like `GET /v1/bots/:id`; a value is the JSON to answer, or a function that makes it. `null` answers 204. */
export type StubRoutes = Record<string, Answer | ((request: StubRequest) => Answer | Promise<Answer>)>;

/** A server's refusal, as problem+json. */
export function problem(status: number, code: ProblemCode, rest: object = {}): Response {
  const body = {
    type: `https://parley.dev/problems/${code}`,
    title: code,
    status,
    code,
    detail: code,
    requestId: 'req-1',
  };
  return new Response(JSON.stringify({ ...body, ...rest }), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  });
}

function match(pattern: string, path: string): Record<string, string> | null {
  const want = pattern.split('/');
  const got = path.split('/');
  if (want.length !== got.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of want.entries()) {
    const value = got[index] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = value;
    else if (part !== value) return null;
  }
  return params;
}

/** Answers the app's requests from a map, at the network boundary. Later `routes` can be added with `set`. */
export function stubApi(routes: StubRoutes) {
  const requests: StubRequest[] = [];
  const table: StubRoutes = { ...routes };

  async function answer(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = new Request(
      input instanceof Request ? input : new URL(String(input), window.location.origin),
      init,
    );
    const url = new URL(request.url);
    const text = await request.text();
    const seen: StubRequest = {
      method: request.method,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: text ? JSON.parse(text) : undefined,
      params: {},
    };
    requests.push(seen);
    for (const [key, route] of Object.entries(table).reverse()) {
      const [method, pattern = ''] = key.split(' ');
      const params = method === request.method ? match(pattern, url.pathname) : null;
      if (!params) continue;
      const result = typeof route === 'function' ? await route({ ...seen, params }) : route;
      if (result instanceof Response) return result.clone();
      if (result === null || result === undefined) return new Response(null, { status: 204 });
      return Response.json(result);
    }
    return problem(404, 'not_found', { detail: `No stub for ${request.method} ${url.pathname}` });
  }
  vi.stubGlobal('fetch', answer);
  return {
    requests,
    set: (more: StubRoutes) => void Object.assign(table, more),
    /** The bodies sent to one route so far, oldest first. */
    sent: (method: string, path: string) =>
      requests.filter((request) => request.method === method && request.path === path).map((request) => request.body),
  };
}
