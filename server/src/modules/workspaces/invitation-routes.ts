import { z } from 'zod';
import type { RouteLimit } from '../../platform/http/limits.ts';
import type { Routes } from '../../platform/http/app.ts';
import type { Invitations } from './invitations.ts';
import {
  CreatedInvitationSchema,
  invitationBody,
  InvitationPreviewSchema,
  InvitationSchema,
  listOf,
  tokenBody,
  WorkspaceSchema,
} from './schemas.ts';

const tags = ['invitations'];
const inviteLimit: RouteLimit = { name: 'invite by user', by: 'user', points: 100, seconds: 3600 };
const previewLimit: RouteLimit = { name: 'preview-invitation by address', by: 'address', points: 60, seconds: 900 };
const acceptLimit: RouteLimit = { name: 'accept-invitation by user', by: 'user', points: 60, seconds: 900 };

export const invitationRoutes =
  (invitations: Invitations): Routes =>
  (app) => {
    app.get(
      '/v1/workspaces/:id/invitations',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'listInvitations',
          tags,
          summary: 'List the latest invitations of a workspace',
          params: z.object({ id: z.uuid() }),
          response: { 200: listOf(InvitationSchema) },
        },
      },
      async ({ caller, params }) => ({ items: await invitations.list(caller, params.id), nextCursor: null }),
    );

    app.post(
      '/v1/workspaces/:id/invitations',
      {
        config: { access: 'user', limit: inviteLimit },
        schema: {
          operationId: 'createInvitation',
          tags,
          summary: 'Invite somebody by a link, mailed when an address is given',
          params: z.object({ id: z.uuid() }),
          body: invitationBody,
          response: { 201: CreatedInvitationSchema },
        },
      },
      async ({ caller, params, body }, reply) =>
        await reply.status(201).send(await invitations.create(caller, params.id, body)),
    );

    app.delete(
      '/v1/workspaces/:id/invitations/:invitationId',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'revokeInvitation',
          tags,
          summary: 'Withdraw an invitation',
          params: z.object({ id: z.uuid(), invitationId: z.uuid() }),
          response: { 204: z.null().describe('Done.') },
        },
      },
      async ({ caller, params }, reply) => {
        await invitations.revoke(caller, params.id, params.invitationId);
        return await reply.status(204).send(null);
      },
    );

    app.post(
      '/v1/invitations/preview',
      {
        config: { access: 'public', limit: previewLimit },
        schema: {
          operationId: 'previewInvitation',
          tags,
          summary: 'What an invitation is for',
          body: tokenBody,
          response: { 200: InvitationPreviewSchema },
        },
      },
      ({ body }) => invitations.preview(body.token),
    );

    app.post(
      '/v1/invitations/accept',
      {
        config: { access: 'user', limit: acceptLimit },
        schema: {
          operationId: 'acceptInvitation',
          tags,
          summary: 'Join the workspace of an invitation',
          body: tokenBody,
          response: { 200: WorkspaceSchema },
        },
      },
      ({ caller, body }) => invitations.accept(caller, body.token),
    );
  };
