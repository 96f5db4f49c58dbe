import { Agent, request, type IncomingMessage } from 'node:http';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
}

export interface Asking {
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
  /** Longest silence before the request counts as lost. */
  silenceMs?: number;
}

// A connection per request: a kept one that broke meanwhile would blame the next request.
const agent = new Agent({ keepAlive: false, maxSockets: Infinity });

/** Opens a request; resolves with the head of the answer, rejects when the connection breaks or is silent for too long. */
export const open = (url: string, asking: Asking): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body, silenceMs = 6_000 } = asking;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const sent = request(
      url,
      {
        method,
        agent,
        timeout: silenceMs,
        headers: {
          ...headers,
          ...(text === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
        },
      },
      resolve,
    );
    sent.on('timeout', () => sent.destroy(new Error(`nothing for ${silenceMs} ms`)));
    sent.on('error', reject);
    sent.end(text);
  });

/** Asks and reads the whole answer. */
export const ask = async (url: string, asking: Asking = {}): Promise<Answer> => {
  const response = await open(url, asking);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  let body: unknown = text;
  if (/json/.test(response.headers['content-type'] ?? '')) body = JSON.parse(text);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
};
