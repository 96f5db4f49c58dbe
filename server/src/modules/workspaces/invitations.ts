import type { Transaction } from 'kysely';
import type { Caller } from '../../platform/caller.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/connect.ts';
import type { Tables } from '../../platform/database/tables.ts';
import { AppError, notFound } from '../../platform/errors.ts';
import type { Events } from '../../platform/events.ts';
import { newId, newToken, sha256 } from '../../platform/ids.ts';
import type { Secrets } from '../../platform/secrets.ts';
import type { Identity } from '../identity/index.ts';
import { requireReach, requireRole, roleIn } from './access.ts';
import { invitationCreated } from './events.ts';
import type { InvitationStore, StoredInvitation } from './invitation-store.ts';
import { formerMember, invitationUrl, sealContext } from './letters.ts';
import type { MembershipMemory } from './memberships.ts';
import type { CreatedInvitation, Invitation, InvitationBody, InvitationPreview, Workspace } from './schemas.ts';
import { presentWorkspace } from './service.ts';
import type { MembershipStore, WorkspaceStore } from './store.ts';

const dayMs = 24 * 3600 * 1000;

// One answer for unknown, expired, withdrawn and used, so that a guess learns nothing.
const badToken = () =>
  new AppError(
    'not_found',
    'This invitation does not work: it may have expired, been withdrawn or been used. Ask for a new one.',
  );

const otherAddress = () =>
  new AppError('forbidden', 'This invitation is for another e-mail address. Use the account it was sent to.');

const present = (invitation: StoredInvitation): Invitation => ({
  id: invitation.id,
  email: invitation.email,
  role: invitation.role,
  createdAt: invitation.createdAt.toISOString(),
  expiresAt: invitation.expiresAt.toISOString(),
  acceptedAt: invitation.acceptedAt?.toISOString() ?? null,
});

export const createInvitations = (deps: {
  database: Database;
  store: WorkspaceStore;
  membershipStore: MembershipStore;
  invitations: InvitationStore;
  memberships: MembershipMemory;
  identity: Pick<Identity, 'users'>;
  events: Pick<Events, 'emit'>;
  secrets: Pick<Secrets, 'seal'>;
  clock: Clock;
  publicUrl: string;
}) => {
  const { database, store, membershipStore, invitations, memberships, identity, events, secrets, clock } = deps;

  const isOpen = (invitation: StoredInvitation): boolean =>
    invitation.acceptedAt === null && invitation.expiresAt > clock.now();

  const open = async (token: string, trx?: Transaction<Tables>): Promise<StoredInvitation> => {
    const invitation = await invitations.byToken(sha256(token), trx);
    if (!invitation || !isOpen(invitation)) throw badToken();
    return invitation;
  };

  const requireTeam = async (workspaceId: string): Promise<void> => {
    const workspace = await store.get(workspaceId);
    if (!workspace) throw notFound();
    if (workspace.kind === 'personal')
      throw new AppError(
        'conflict',
        'A personal workspace is for you alone. Create a team workspace and invite people there.',
      );
  };

  const requireAddress = (invitation: StoredInvitation, email: string): void => {
    if (invitation.email !== null && invitation.email !== email) throw otherAddress();
  };

  const use = async (invitation: StoredInvitation, userId: string, trx: Transaction<Tables>): Promise<void> => {
    const { workspaceId, role, id } = invitation;
    if (!(await invitations.use(workspaceId, { invitationId: id, userId, now: clock.now() }, trx))) throw badToken();
    await membershipStore.join(workspaceId, { userId, role }, trx);
  };

  return {
    async list(caller: Caller, workspaceId: string): Promise<Invitation[]> {
      requireRole(roleIn(caller, workspaceId), 'admin');
      return (await invitations.list(workspaceId)).map(present);
    },

    async create(caller: Caller, workspaceId: string, input: InvitationBody): Promise<CreatedInvitation> {
      const role = roleIn(caller, workspaceId);
      requireRole(role, 'admin');
      requireReach(role, input.role);
      await requireTeam(workspaceId);
      const [id, token, createdAt] = [newId(), newToken(), clock.now()];
      const email = input.email ?? null;
      const expiresAt = new Date(createdAt.getTime() + input.expiresInDays * dayMs);
      const invitation = { id, email, role: input.role, createdBy: caller.userId, createdAt, expiresAt };
      await store.changing(workspaceId, async (trx) => {
        // Under the lock: whoever was demoted or removed meanwhile must not leave an invitation behind.
        const actor = await store.member(workspaceId, caller.userId, trx);
        if (!actor) throw notFound();
        requireRole(actor.role, 'admin');
        requireReach(actor.role, input.role);
        await invitations.insert(workspaceId, { ...invitation, tokenSha256: sha256(token) }, trx);
        const sealedToken = email === null ? null : secrets.seal(token, sealContext(id));
        const { createdBy } = invitation;
        await events.emit(trx, invitationCreated, {
          workspaceId,
          invitationId: id,
          email,
          role: input.role,
          createdBy,
          sealedToken,
        });
      });
      const stored = { ...invitation, workspaceId, acceptedAt: null, acceptedBy: null };
      return { ...present(stored), token, url: invitationUrl(deps.publicUrl, token) };
    },

    async revoke(caller: Caller, workspaceId: string, invitationId: string): Promise<void> {
      requireRole(roleIn(caller, workspaceId), 'admin');
      if (!(await invitations.revoke(workspaceId, invitationId))) throw notFound();
    },

    async preview(token: string): Promise<InvitationPreview> {
      const invitation = await open(token);
      const workspace = await store.get(invitation.workspaceId);
      if (!workspace) throw badToken();
      const [inviter] = invitation.createdBy === null ? [] : await identity.users.get([invitation.createdBy]);
      return {
        workspaceName: workspace.name,
        inviterName: inviter?.name ?? formerMember,
        role: invitation.role,
        email: invitation.email,
      };
    },

    async accept(caller: Caller, token: string): Promise<Workspace> {
      const { userId } = caller;
      const [user] = await identity.users.get([userId]);
      if (!user) throw notFound();
      const workspaceId = await database.system.transaction().execute(async (trx) => {
        const invitation = await invitations.byToken(sha256(token), trx);
        if (!invitation) throw badToken();
        const isMember = await membershipStore.isMember(invitation.workspaceId, userId, trx);
        if (isMember && (invitation.acceptedBy === userId || isOpen(invitation))) return invitation.workspaceId;
        if (!isOpen(invitation)) throw badToken();
        requireAddress(invitation, user.email);
        await use(invitation, userId, trx);
        return invitation.workspaceId;
      });
      memberships.forget({ userId });
      const [workspace, member] = [await store.get(workspaceId), await store.member(workspaceId, userId)];
      if (!workspace || !member) throw badToken();
      return presentWorkspace(workspace, member.role);
    },

    /** For sign-up: refuses a token that will not let this address in. */
    async check(token: string, email: string): Promise<void> {
      requireAddress(await open(token), email);
    },

    /** For sign-up: joins within the transaction that makes the account. */
    async join(token: string, account: { userId: string; email: string }, trx: Transaction<Tables>): Promise<void> {
      const invitation = await open(token, trx);
      requireAddress(invitation, account.email);
      await use(invitation, account.userId, trx);
    },
  };
};

export type Invitations = ReturnType<typeof createInvitations>;
