import type { Selectable, Transaction } from 'kysely';
import type { Role } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/connect.ts';
import type { Tables } from '../../platform/database/tables.ts';

type Trx = Transaction<Tables>;

export interface StoredInvitation {
  id: string;
  workspaceId: string;
  email: string | null;
  role: Role;
  createdBy: string | null;
  createdAt: Date;
  expiresAt: Date;
  acceptedAt: Date | null;
  acceptedBy: string | null;
}

export interface NewInvitation {
  id: string;
  tokenSha256: Buffer;
  email: string | null;
  role: Role;
  createdBy: string;
  createdAt: Date;
  expiresAt: Date;
}

const present = (row: Omit<Selectable<Tables['invitation']>, 'token_sha256'>): StoredInvitation => ({
  id: row.id,
  workspaceId: row.workspace_id,
  email: row.email,
  role: row.role as Role,
  createdBy: row.created_by,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  acceptedAt: row.accepted_at,
  acceptedBy: row.accepted_by,
});

const shown = [
  'id',
  'workspace_id',
  'email',
  'role',
  'created_by',
  'created_at',
  'expires_at',
  'accepted_at',
  'accepted_by',
] as const;

export const createInvitationStore = (database: Database) => ({
  async insert(workspaceId: string, invitation: NewInvitation, trx: Trx): Promise<void> {
    await trx
      .insertInto('invitation')
      .values({
        id: invitation.id,
        workspace_id: workspaceId,
        token_sha256: invitation.tokenSha256,
        email: invitation.email,
        role: invitation.role,
        created_by: invitation.createdBy,
        created_at: invitation.createdAt,
        expires_at: invitation.expiresAt,
      })
      .execute();
  },

  async list(workspaceId: string): Promise<StoredInvitation[]> {
    const rows = await database
      .tenant(workspaceId)
      .selectFrom('invitation')
      .select(shown)
      .where('workspace_id', '=', workspaceId)
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(200)
      .execute();
    return rows.map(present);
  },

  /** An accepted invitation stays, as a record of how somebody came in. */
  async revoke(workspaceId: string, invitationId: string): Promise<boolean> {
    const result = await database
      .tenant(workspaceId)
      .deleteFrom('invitation')
      .where('workspace_id', '=', workspaceId)
      .where('id', '=', invitationId)
      .where('accepted_at', 'is', null)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  },

  /** Open invitations of somebody who may not hand out these roles any more. */
  async revokeOf(workspaceId: string, userId: string, keep: readonly Role[], trx: Trx): Promise<void> {
    let query = trx
      .deleteFrom('invitation')
      .where('workspace_id', '=', workspaceId)
      .where('created_by', '=', userId)
      .where('accepted_at', 'is', null);
    if (keep.length > 0) query = query.where('role', 'not in', keep);
    await query.execute();
  },

  /** Across workspaces: whoever holds a token does not belong to its workspace yet. */
  async byToken(tokenSha256: Buffer, trx?: Trx): Promise<StoredInvitation | null> {
    const row = await (trx ?? database.system)
      .selectFrom('invitation')
      .select(shown)
      .where('token_sha256', '=', tokenSha256)
      .executeTakeFirst();
    return row ? present(row) : null;
  },

  /** Of several who come at once, one gets true. */
  async use(workspaceId: string, use: { invitationId: string; userId: string; now: Date }, trx: Trx): Promise<boolean> {
    const result = await trx
      .updateTable('invitation')
      .set({ accepted_at: use.now, accepted_by: use.userId })
      .where('workspace_id', '=', workspaceId)
      .where('id', '=', use.invitationId)
      .where('accepted_at', 'is', null)
      .where('expires_at', '>', use.now)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  },
});

export type InvitationStore = ReturnType<typeof createInvitationStore>;
