import { z } from 'zod';
import type { RouteLimit } from '../../platform/http/limits.ts';
import type { Routes } from '../../platform/http/app.ts';
import { changePasswordBody, requestPasswordResetBody, resetPasswordBody, SessionSchema } from './schemas.ts';
import type { IdentityService } from './service.ts';
import type { Sessions } from './sessions.ts';

const tags = ['auth'];
const done = z.null().describe('Done.');

const resetRequestLimits: RouteLimit[] = [
  { name: 'request-reset by address', by: 'address', points: 20, seconds: 3600 },
  { name: 'request-reset by account', by: 'account', points: 5, seconds: 3600 },
];
const resetLimit: RouteLimit = { name: 'reset by address', by: 'address', points: 20, seconds: 3600 };
const changeLimit: RouteLimit = { name: 'change-password by user', by: 'user', points: 10, seconds: 900 };

export const identityRoutes =
  (deps: { service: IdentityService; sessions: Sessions }): Routes =>
  (app) => {
    const { service, sessions } = deps;

    app.post(
      '/v1/auth/sign-out',
      {
        config: { access: 'user' },
        schema: { operationId: 'signOut', tags, summary: 'End this session', response: { 204: done } },
      },
      async (request, reply) => {
        await service.signOut(request.caller);
        return await reply
          .status(204)
          .header('set-cookie', await service.clearCookies())
          .send(null);
      },
    );

    app.get(
      '/v1/auth/sessions',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'listSessions',
          tags,
          summary: 'List the browsers you are signed in with',
          response: { 200: z.object({ items: z.array(SessionSchema), nextCursor: z.string().nullable() }) },
        },
      },
      async ({ caller }) => ({ items: await sessions.list(caller.userId, caller.sessionId), nextCursor: null }),
    );

    app.delete(
      '/v1/auth/sessions/:id',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'revokeSession',
          tags,
          summary: 'End one of your sessions',
          params: z.object({ id: z.uuid() }),
          response: { 204: done },
        },
      },
      async (request, reply) => {
        const { caller, params } = request;
        await sessions.end(caller.userId, params.id);
        if (params.id === caller.sessionId) void reply.header('set-cookie', await service.clearCookies());
        return await reply.status(204).send(null);
      },
    );

    app.delete(
      '/v1/auth/sessions',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'signOutEverywhere',
          tags,
          summary: 'End all of your sessions, this one too',
          response: { 204: done },
        },
      },
      async (request, reply) => {
        await sessions.endAll(request.caller.userId);
        return await reply
          .status(204)
          .header('set-cookie', await service.clearCookies())
          .send(null);
      },
    );

    app.post(
      '/v1/auth/change-password',
      {
        config: { access: 'user', limit: changeLimit },
        schema: {
          operationId: 'changePassword',
          tags,
          summary: 'Change your password; your other sessions end',
          body: changePasswordBody,
          response: { 204: done },
        },
      },
      async (request, reply) => {
        const cookies = await service.changePassword(request.body, request.headers, request.caller);
        return await reply.status(204).header('set-cookie', cookies).send(null);
      },
    );

    app.post(
      '/v1/auth/request-password-reset',
      {
        config: { access: 'public', limit: resetRequestLimits },
        schema: {
          operationId: 'requestPasswordReset',
          tags,
          summary: 'Mail a link for a new password; the answer is the same for unknown addresses',
          body: requestPasswordResetBody,
          response: { 202: z.object({}) },
        },
      },
      async (request, reply) => {
        await service.requestPasswordReset(request.body.email);
        return await reply.status(202).send({});
      },
    );

    app.post(
      '/v1/auth/reset-password',
      {
        config: { access: 'public', limit: resetLimit },
        schema: {
          operationId: 'resetPassword',
          tags,
          summary: 'Set a new password with the mailed token; all sessions end',
          body: resetPasswordBody,
          response: { 204: done },
        },
      },
      async (request, reply) => {
        await service.resetPassword(request.body);
        return await reply.status(204).send(null);
      },
    );
  };
