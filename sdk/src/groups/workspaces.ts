import type { Call } from '../call.ts';
import type { Role } from '../types.ts';
import type { InvitationInput, WorkspaceInput, WorkspacePatch } from '../inputs.ts';

/** Workspaces, their members and their invitations. */
export const createWorkspaces = (call: Call) => ({
  list: () => call('get', '/v1/workspaces'),
  create: (input: WorkspaceInput) => call('post', '/v1/workspaces', { body: input }),
  get: (id: string) => call('get', '/v1/workspaces/{id}', { path: { id } }),
  update: (id: string, patch: WorkspacePatch) => call('patch', '/v1/workspaces/{id}', { path: { id }, body: patch }),
  delete: (id: string) => call('delete', '/v1/workspaces/{id}', { path: { id } }),
  members: (id: string) => call('get', '/v1/workspaces/{id}/members', { path: { id } }),
  updateMember: (id: string, userId: string, patch: { role: Role }) =>
    call('patch', '/v1/workspaces/{id}/members/{userId}', { path: { id, userId }, body: patch }),
  removeMember: (id: string, userId: string) =>
    call('delete', '/v1/workspaces/{id}/members/{userId}', { path: { id, userId } }),
  invitations: (id: string) => call('get', '/v1/workspaces/{id}/invitations', { path: { id } }),
  /** The answer holds the link, which cannot be read again later. */
  invite: (id: string, input: InvitationInput) =>
    call('post', '/v1/workspaces/{id}/invitations', { path: { id }, body: input }),
  revokeInvitation: (id: string, invitationId: string) =>
    call('delete', '/v1/workspaces/{id}/invitations/{invitationId}', { path: { id, invitationId } }),
});

/** Invitations seen from the invited side. */
export const createInvitations = (call: Call) => ({
  preview: (input: { token: string }) => call('post', '/v1/invitations/preview', { body: input }),
  accept: (input: { token: string }) => call('post', '/v1/invitations/accept', { body: input }),
});
