import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { notFound } from '../errors.ts';
import { answerError } from './problem.ts';
import { pagePolicy } from './security-headers.ts';

/** Serves the built web app: hashed assets for ever, the page for every other path, with a nonce of its own each time. False when nothing is built there. */
export const serveWebApp = async (app: FastifyInstance, folder: string): Promise<boolean> => {
  const index = join(folder, 'index.html');
  if (!existsSync(index)) return false;
  const [head, ...rest] = readFileSync(index, 'utf8').split('<script');
  const page = (reply: FastifyReply): void => {
    const nonce = randomBytes(18).toString('base64');
    void reply
      .header('content-security-policy', pagePolicy(nonce))
      .header('cache-control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send([head, ...rest].join(`<script nonce="${nonce}"`));
  };
  const open = { config: { access: 'public' as const }, schema: { hide: true } };
  await app.register(fastifyStatic, { root: folder, serve: false, cacheControl: false });
  const assets = new Set(readdirSync(join(folder, 'assets')));
  app.get<{ Params: { '*': string } }>('/assets/*', open, (request, reply) => {
    const name = request.params['*'];
    if (!assets.has(name)) throw notFound();
    void reply.header('cache-control', 'public, max-age=31536000, immutable').sendFile(`assets/${name}`);
  });
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith('.') || entry.name === 'index.html') continue;
    app.get(`/${entry.name}`, open, (_request, reply) => {
      void reply.header('cache-control', 'no-cache').sendFile(entry.name);
    });
  }
  app.get('/', open, (_request, reply) => page(reply));
  app.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
    if (wantsPage && !/^\/v1(?![^/?])/.test(request.url) && !request.url.startsWith('/assets/')) page(reply);
    else answerError(notFound(), request, reply);
  });
  return true;
};
