import { z } from 'zod';
import type { RouteLimit } from '../../platform/http/limits.ts';
import type { Routes } from '../../platform/http/app.ts';
import { listOf, memberPatch, MemberSchema, workspaceBody, workspacePatch, WorkspaceSchema } from './schemas.ts';
import type { WorkspaceService } from './service.ts';

const tags = ['workspaces'];
const params = z.object({ id: z.uuid() });
const memberParams = z.object({ id: z.uuid(), userId: z.uuid() });
const done = z.null().describe('Done.');
const createLimit: RouteLimit = { name: 'create-workspace by user', by: 'user', points: 30, seconds: 3600 };

// The workspace is in the path, not the active one, so `access` only asks for a signed-in caller; access.ts does the rest.
export const workspaceRoutes =
  (service: WorkspaceService): Routes =>
  (app) => {
    app.get(
      '/v1/workspaces',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'listWorkspaces',
          tags,
          summary: 'List your workspaces, the personal one first',
          response: { 200: listOf(WorkspaceSchema) },
        },
      },
      async ({ caller }) => ({ items: await service.list(caller), nextCursor: null }),
    );

    app.post(
      '/v1/workspaces',
      {
        config: { access: 'user', limit: createLimit },
        schema: {
          operationId: 'createWorkspace',
          tags,
          summary: 'Create a team workspace',
          body: workspaceBody,
          response: { 201: WorkspaceSchema },
        },
      },
      async ({ caller, body }, reply) => await reply.status(201).send(await service.create(caller, body.name)),
    );

    app.get(
      '/v1/workspaces/:id',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'getWorkspace',
          tags,
          summary: 'Get a workspace',
          params,
          response: { 200: WorkspaceSchema },
        },
      },
      (request) => service.get(request.caller, request.params.id),
    );

    app.patch(
      '/v1/workspaces/:id',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'updateWorkspace',
          tags,
          summary: 'Rename a workspace, or set who may sign up',
          params,
          body: workspacePatch,
          response: { 200: WorkspaceSchema },
        },
      },
      (request) => service.update(request.caller, request.params.id, request.body),
    );

    app.delete(
      '/v1/workspaces/:id',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'deleteWorkspace',
          tags,
          summary: 'Delete a team workspace and everything in it',
          params,
          response: { 204: done },
        },
      },
      async (request, reply) => {
        await service.remove(request.caller, request.params.id);
        return await reply.status(204).send(null);
      },
    );

    app.get(
      '/v1/workspaces/:id/members',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'listMembers',
          tags,
          summary: 'List the members of a workspace',
          params,
          response: { 200: listOf(MemberSchema) },
        },
      },
      async (request) => ({ items: await service.members(request.caller, request.params.id), nextCursor: null }),
    );

    app.patch(
      '/v1/workspaces/:id/members/:userId',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'updateMember',
          tags,
          summary: 'Change the role of a member',
          params: memberParams,
          body: memberPatch,
          response: { 200: MemberSchema },
        },
      },
      ({ caller, params: { id, userId }, body }) => service.changeRole(caller, id, { userId, role: body.role }),
    );

    app.delete(
      '/v1/workspaces/:id/members/:userId',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'removeMember',
          tags,
          summary: 'Remove a member, or leave',
          params: memberParams,
          response: { 204: done },
        },
      },
      async ({ caller, params: { id, userId } }, reply) => {
        await service.removeMember(caller, id, userId);
        return await reply.status(204).send(null);
      },
    );
  };
