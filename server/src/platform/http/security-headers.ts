import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Content security policy of data answers: nothing in them may run or load. */
const dataPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/** Content security policy of the web app's page: own scripts with this page's nonce, own everything else. */
export const pagePolicy = (nonce: string): string =>
  [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** Headers that every answer carries; hijacked streams take them from `reply.getHeaders()`. */
export const addSecurityHeaders = async (app: FastifyInstance, options: { https: boolean }): Promise<void> => {
  await app.register(helmet, {
    contentSecurityPolicy: false,
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: options.https ? { maxAge: 31_536_000 } : false,
  });
  app.addHook('onRequest', (_request, reply: FastifyReply, done) => {
    void reply.header('content-security-policy', dataPolicy);
    void reply.header('permissions-policy', 'camera=(), geolocation=(), payment=()');
    done();
  });
};
