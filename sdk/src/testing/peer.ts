import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the peer saw it. */
export interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A server over real sockets that the SDK is tested against. */
export interface Peer extends AsyncDisposable {
  baseUrl: string;
  requests: SeenRequest[];
}

type Answer = (request: SeenRequest, response: ServerResponse, attempt: number) => void | Promise<void>;

/** Starts a peer on a free port; `attempt` counts its requests from 0. */
export async function startPeer(answer: Answer): Promise<Peer> {
  const requests: SeenRequest[] = [];
  const take = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = '';
    for await (const chunk of incoming) body += String(chunk);
    const request = { method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers, body };
    requests.push(request);
    response.on('error', () => undefined);
    await answer(request, response, requests.length - 1);
  };
  const server: Server = createServer((incoming, response) => void take(incoming, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(body));
}

/** A problem document. */
export const problemOf = (status: number, code: string, more: object = {}): object => ({
  type: `https://parley.dev/problems/${code}`,
  title: code,
  status,
  code,
  detail: `Detail of ${code}.`,
  requestId: 'request-1',
  ...more,
});
