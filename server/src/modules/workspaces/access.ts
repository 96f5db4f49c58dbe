import { hasRole, type Caller, type Role } from '../../platform/caller.ts';
import { AppError, notFound } from '../../platform/errors.ts';

/** The caller's role in that workspace; a workspace of others is like one that does not exist. */
export const roleIn = (caller: Caller, workspaceId: string): Role => {
  const membership = caller.memberships.find((one) => one.workspaceId === workspaceId);
  if (!membership) throw notFound();
  return membership.role;
};

const tooWeak = (minimum: Role, role: Role) =>
  new AppError('forbidden', `This needs the role ${minimum} in the workspace; yours is ${role}.`);

export const requireRole = (role: Role, minimum: Role): void => {
  if (!hasRole(role, minimum)) throw tooWeak(minimum, role);
};

/** Nobody gives or takes more than they have: owners are made, changed and removed by owners only. */
export const requireReach = (role: Role, ...touched: Role[]): void => {
  for (const other of touched) if (!hasRole(role, other)) throw tooWeak(other, role);
};

/** A member may always leave; others are removed by admins. */
export const requireRemoval = (actor: { userId: string; role: Role }, target: { userId: string; role: Role }): void => {
  if (actor.userId === target.userId) return;
  requireRole(actor.role, 'admin');
  requireReach(actor.role, target.role);
};

/** The roles that somebody with this role may hand out by invitation. */
export const givableRoles = (role: Role | null): Role[] => {
  if (role === 'owner') return ['owner', 'admin', 'member', 'viewer'];
  return role === 'admin' ? ['admin', 'member', 'viewer'] : [];
};
