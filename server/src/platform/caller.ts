/** Roles of a workspace, strongest first. */
export const roles = ['owner', 'admin', 'member', 'viewer'] as const;
export type Role = (typeof roles)[number];

export interface Membership {
  workspaceId: string;
  role: Role;
}

/** Whoever asks, with the workspace the request acts in. */
export interface Caller {
  kind: 'user';
  userId: string;
  sessionId: string;
  /** The owner of this installation: the first account. */
  isOperator: boolean;
  memberships: readonly Membership[];
  workspaceId: string;
  /** The role in that workspace. */
  role: Role;
}

/** True when `role` is at least as strong as `minimum`. */
export const hasRole = (role: Role, minimum: Role): boolean => roles.indexOf(role) <= roles.indexOf(minimum);
