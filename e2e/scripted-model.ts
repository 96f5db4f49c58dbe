import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ScriptedModel extends AsyncDisposable {
  url: string;
}

const frame = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'scripted', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

/** An OpenAI-compatible server whose models answer with a given document each, in pieces as small as tokens. */
export const createScriptedModel = async (documents: Record<string, string>): Promise<ScriptedModel> => {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method === 'GET') {
      const list = Object.keys(documents).map((id) => ({ id, object: 'model' }));
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ object: 'list', data: list }));
      return;
    }
    const { model } = JSON.parse(Buffer.concat(chunks).toString()) as { model: string };
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const content of (documents[model] ?? '').match(/[\s\S]{1,9}/gu) ?? []) {
      response.write(frame({ content }));
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end(`${frame({}, 'stop')}data: [DONE]\n\n`);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
