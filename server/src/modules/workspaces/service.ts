import type { Caller, Role } from '../../platform/caller.ts';
import { AppError, notFound } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import type { Identity, ProfilePatch } from '../identity/index.ts';
import { givableRoles, requireReach, requireRemoval, requireRole, roleIn } from './access.ts';
import type { InvitationStore } from './invitation-store.ts';
import type { MembershipMemory } from './memberships.ts';
import type { Me, Member, Workspace, WorkspacePatch } from './schemas.ts';
import type { MembershipStore, StoredMember, StoredWorkspace, WorkspaceStore } from './store.ts';

const lastOwner = () =>
  new AppError('conflict', 'A workspace needs an owner, and this is the last one. Make somebody else owner first.');

export const presentWorkspace = (workspace: StoredWorkspace, role: Role): Workspace => ({
  id: workspace.id,
  name: workspace.name,
  kind: workspace.kind,
  role,
  signUp: workspace.signUp,
  createdAt: workspace.createdAt.toISOString(),
});

export const createWorkspaceService = (deps: {
  store: WorkspaceStore;
  membershipStore: MembershipStore;
  invitations: InvitationStore;
  memberships: MembershipMemory;
  identity: Pick<Identity, 'users'>;
}) => {
  const { store, membershipStore, invitations, memberships, identity } = deps;

  const presentMembers = async (members: readonly StoredMember[]): Promise<Member[]> => {
    const users = new Map(
      (await identity.users.get(members.map((member) => member.userId))).map((user) => [user.id, user]),
    );
    return members.flatMap(({ userId, role, joinedAt }) => {
      const user = users.get(userId);
      if (!user) return [];
      return [
        { userId, name: user.name, email: user.email, avatar: user.avatar, role, joinedAt: joinedAt.toISOString() },
      ];
    });
  };

  const listWorkspaces = async (userId: string): Promise<Workspace[]> => {
    await memberships.of(userId);
    const rows = await membershipStore.workspacesOf(userId);
    return rows.map((row) => presentWorkspace(row, row.role));
  };

  const me = async (userId: string): Promise<Me> => {
    const [user] = await identity.users.get([userId]);
    if (!user) throw notFound();
    return { user, workspaces: await listWorkspaces(userId) };
  };

  const get = async (caller: Caller, workspaceId: string): Promise<Workspace> => {
    const role = roleIn(caller, workspaceId);
    const workspace = await store.get(workspaceId);
    if (!workspace) throw notFound();
    return presentWorkspace(workspace, role);
  };

  const requireSignUpHome = async (workspaceId: string, role: Role): Promise<void> => {
    const operatorId = await identity.users.operatorId();
    const workspace = await store.get(workspaceId);
    if (workspace?.kind !== 'personal' || workspace.createdBy !== operatorId)
      throw new AppError('conflict', 'Who may sign up is set in the personal workspace of the operator.', {
        errors: [{ path: 'signUp', message: 'cannot be set in this workspace' }],
      });
    requireRole(role, 'owner');
  };

  return {
    me,

    async updateProfile(caller: Caller, patch: ProfilePatch): Promise<Me> {
      await identity.users.update(caller.userId, patch);
      return await me(caller.userId);
    },

    list: (caller: Caller): Promise<Workspace[]> => listWorkspaces(caller.userId),

    get,

    async create(caller: Caller, name: string): Promise<Workspace> {
      const id = newId();
      await membershipStore.createTeam(id, name, caller.userId);
      memberships.forget({ userId: caller.userId });
      const workspace = await store.get(id);
      if (!workspace) throw notFound();
      return presentWorkspace(workspace, 'owner');
    },

    async update(caller: Caller, workspaceId: string, patch: WorkspacePatch): Promise<Workspace> {
      const role = roleIn(caller, workspaceId);
      requireRole(role, 'admin');
      if (patch.signUp !== undefined) await requireSignUpHome(workspaceId, role);
      await store.update(workspaceId, patch);
      return await get(caller, workspaceId);
    },

    async remove(caller: Caller, workspaceId: string): Promise<void> {
      requireRole(roleIn(caller, workspaceId), 'owner');
      const workspace = await store.get(workspaceId);
      if (workspace?.kind === 'personal') throw new AppError('conflict', 'A personal workspace cannot be deleted.');
      await membershipStore.deleteTeam(workspaceId);
      memberships.forget({ workspaceId });
    },

    async members(caller: Caller, workspaceId: string): Promise<Member[]> {
      roleIn(caller, workspaceId);
      return await presentMembers(await store.members(workspaceId));
    },

    async changeRole(caller: Caller, workspaceId: string, change: { userId: string; role: Role }): Promise<Member> {
      roleIn(caller, workspaceId);
      const changed = await store.changing(workspaceId, async (trx) => {
        const actor = await store.member(workspaceId, caller.userId, trx);
        if (!actor) throw notFound();
        requireRole(actor.role, 'admin');
        const target = await store.member(workspaceId, change.userId, trx);
        if (!target) throw notFound();
        requireReach(actor.role, target.role, change.role);
        if (
          target.role === 'owner' &&
          change.role !== 'owner' &&
          !(await store.hasOtherOwner(workspaceId, change.userId, trx))
        )
          throw lastOwner();
        await store.setRole(workspaceId, change.userId, change.role, trx);
        await invitations.revokeOf(workspaceId, change.userId, givableRoles(change.role), trx);
        return { ...target, role: change.role };
      });
      memberships.forget({ userId: change.userId });
      const [member] = await presentMembers([changed]);
      if (!member) throw notFound();
      return member;
    },

    async removeMember(caller: Caller, workspaceId: string, userId: string): Promise<void> {
      roleIn(caller, workspaceId);
      await store.changing(workspaceId, async (trx) => {
        const actor = await store.member(workspaceId, caller.userId, trx);
        const target = await store.member(workspaceId, userId, trx);
        if (!actor) throw notFound();
        if (!target) {
          requireRole(actor.role, 'admin');
          throw notFound();
        }
        requireRemoval(actor, target);
        if (target.role === 'owner' && !(await store.hasOtherOwner(workspaceId, userId, trx))) throw lastOwner();
        await store.removeMember(workspaceId, userId, trx);
        await invitations.revokeOf(workspaceId, userId, givableRoles(null), trx);
      });
      memberships.forget({ userId });
    },
  };
};

export type WorkspaceService = ReturnType<typeof createWorkspaceService>;
