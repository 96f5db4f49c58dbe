import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export const listingKey = 'sk-test-0123456789-good';

/** For tests: a server with a list of models for whoever has no key or `listingKey`. `seen` holds the keys it was sent. */
export const modelListServer = async (models: () => string[] = () => ['large', 'small']) => {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const key = request.headers.authorization?.slice('Bearer '.length);
    seen.push(key);
    if (request.url === '/page/models') response.setHeader('content-type', 'text/html').end('<html>Welcome</html>');
    else if (request.url !== '/v1/models') response.writeHead(404).end('{}');
    else if (key !== undefined && key !== listingKey)
      response.writeHead(401).end(JSON.stringify({ error: { message: `Incorrect API key provided: ${key}` } }));
    else response.end(JSON.stringify({ data: models().map((id) => ({ id })) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    baseUrl: `${origin}/v1`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
