import { sql, type Selectable, type Transaction } from 'kysely';
import type { Role } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/connect.ts';
import type { Tables } from '../../platform/database/tables.ts';
import type { SignUpRule } from './schemas.ts';

export interface StoredWorkspace {
  id: string;
  name: string;
  kind: 'personal' | 'team';
  signUp: SignUpRule;
  createdBy: string | null;
  createdAt: Date;
}

export interface StoredMember {
  userId: string;
  role: Role;
  joinedAt: Date;
}

type Trx = Transaction<Tables>;

const present = (row: Selectable<Tables['workspace']>): StoredWorkspace => ({
  id: row.id,
  name: row.name,
  kind: row.kind as StoredWorkspace['kind'],
  signUp: row.sign_up as SignUpRule,
  createdBy: row.created_by,
  createdAt: row.created_at,
});

const presentMember = (row: Selectable<Tables['member']>): StoredMember => ({
  userId: row.user_id,
  role: row.role as Role,
  joinedAt: row.created_at,
});

/** Workspaces and members as one tenant sees them. */
export const createWorkspaceStore = (database: Database) => ({
  /** A transaction in which nobody else changes this workspace's members. */
  changing: <T>(workspaceId: string, run: (trx: Trx) => Promise<T>): Promise<T> =>
    database
      .tenant(workspaceId)
      .transaction()
      .execute(async (trx) => {
        await trx.selectFrom('workspace').select('id').where('id', '=', workspaceId).forUpdate().execute();
        return await run(trx);
      }),

  async get(workspaceId: string): Promise<StoredWorkspace | null> {
    const row = await database
      .tenant(workspaceId)
      .selectFrom('workspace')
      .selectAll()
      .where('id', '=', workspaceId)
      .executeTakeFirst();
    return row ? present(row) : null;
  },

  async update(workspaceId: string, patch: { name?: string; signUp?: SignUpRule }): Promise<void> {
    if (patch.name === undefined && patch.signUp === undefined) return;
    await database
      .tenant(workspaceId)
      .updateTable('workspace')
      .set({
        ...(patch.name === undefined ? {} : { name: patch.name }),
        ...(patch.signUp === undefined ? {} : { sign_up: patch.signUp }),
      })
      .where('id', '=', workspaceId)
      .execute();
  },

  async members(workspaceId: string): Promise<StoredMember[]> {
    const rows = await database
      .tenant(workspaceId)
      .selectFrom('member')
      .selectAll()
      .where('workspace_id', '=', workspaceId)
      .orderBy('created_at')
      .orderBy('user_id')
      .execute();
    return rows.map(presentMember);
  },

  async member(workspaceId: string, userId: string, trx?: Trx): Promise<StoredMember | null> {
    const row = await (trx ?? database.tenant(workspaceId))
      .selectFrom('member')
      .selectAll()
      .where('workspace_id', '=', workspaceId)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return row ? presentMember(row) : null;
  },

  async hasOtherOwner(workspaceId: string, userId: string, trx: Trx): Promise<boolean> {
    const row = await trx
      .selectFrom('member')
      .select('user_id')
      .where('workspace_id', '=', workspaceId)
      .where('role', '=', 'owner')
      .where('user_id', '!=', userId)
      .executeTakeFirst();
    return row !== undefined;
  },

  async setRole(workspaceId: string, userId: string, role: Role, trx: Trx): Promise<void> {
    await trx
      .updateTable('member')
      .set({ role })
      .where('workspace_id', '=', workspaceId)
      .where('user_id', '=', userId)
      .execute();
  },

  async removeMember(workspaceId: string, userId: string, trx: Trx): Promise<void> {
    await trx.deleteFrom('member').where('workspace_id', '=', workspaceId).where('user_id', '=', userId).execute();
  },
});

export type WorkspaceStore = ReturnType<typeof createWorkspaceStore>;

/** What crosses workspaces and therefore runs with the system's rights: who is where, new workspaces, deleted ones. */
export const createMembershipStore = (database: Database) => ({
  /** The workspaces of a user with the role there; the personal one first, then by age. */
  async workspacesOf(userId: string): Promise<(StoredWorkspace & { role: Role })[]> {
    const rows = await database.system
      .selectFrom('member')
      .innerJoin('workspace', 'workspace.id', 'member.workspace_id')
      .selectAll('workspace')
      .select('member.role')
      .where('member.user_id', '=', userId)
      .orderBy((eb) => eb('workspace.kind', '=', 'personal').and('workspace.created_by', '=', userId), 'desc')
      .orderBy('workspace.created_at')
      .orderBy('workspace.id')
      .execute();
    return rows.map((row) => ({ ...present(row), role: row.role as Role }));
  },

  /** Does nothing for a user who has one. */
  async ensurePersonal(trx: Trx, workspaceId: string, userId: string): Promise<void> {
    await trx
      .insertInto('workspace')
      .values({ id: workspaceId, name: 'Personal', kind: 'personal', created_by: userId })
      .onConflict((oc) => oc.column('created_by').where('kind', '=', sql.lit('personal')).doNothing())
      .execute();
    await trx
      .insertInto('member')
      .columns(['workspace_id', 'user_id', 'role'])
      .expression((eb) =>
        eb
          .selectFrom('workspace')
          .select((select) => ['id', 'created_by as user_id', select.val('owner').as('role')])
          .where('created_by', '=', userId)
          .where('kind', '=', 'personal')
          .$castTo<{ id: string; user_id: string; role: string }>(),
      )
      .onConflict((oc) => oc.columns(['workspace_id', 'user_id']).doUpdateSet({ role: 'owner' }))
      .execute();
  },

  async createTeam(workspaceId: string, name: string, userId: string): Promise<void> {
    await database.system.transaction().execute(async (trx) => {
      await trx.insertInto('workspace').values({ id: workspaceId, name, kind: 'team', created_by: userId }).execute();
      await trx.insertInto('member').values({ workspace_id: workspaceId, user_id: userId, role: 'owner' }).execute();
    });
  },

  /** With everything in it. */
  async deleteTeam(workspaceId: string): Promise<void> {
    await database.system.deleteFrom('workspace').where('id', '=', workspaceId).where('kind', '=', 'team').execute();
  },

  /** Keeps the role of somebody who is a member already. */
  async join(workspaceId: string, membership: Pick<StoredMember, 'userId' | 'role'>, trx: Trx): Promise<void> {
    await trx
      .insertInto('member')
      .values({ workspace_id: workspaceId, user_id: membership.userId, role: membership.role })
      .onConflict((oc) => oc.columns(['workspace_id', 'user_id']).doNothing())
      .execute();
  },

  async isMember(workspaceId: string, userId: string, trx: Trx): Promise<boolean> {
    const row = await trx
      .selectFrom('member')
      .select('role')
      .where('workspace_id', '=', workspaceId)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return row !== undefined;
  },

  /** Of the pairs of user and workspace those that are members, as `user workspace`. */
  async members(pairs: readonly { userId: string; workspaceId: string }[]): Promise<Set<string>> {
    const rows = await database.system
      .selectFrom('member')
      .select(['user_id', 'workspace_id'])
      .where('user_id', '=', sql<string>`any(${pairs.map((pair) => pair.userId)}::uuid[])`)
      .where('workspace_id', '=', sql<string>`any(${pairs.map((pair) => pair.workspaceId)}::uuid[])`)
      .execute();
    return new Set(rows.map((row) => `${row.user_id} ${row.workspace_id}`));
  },

  /** The rule of the installation, kept in the operator's personal workspace. */
  async signUpRule(operatorId: string, trx?: Trx): Promise<SignUpRule> {
    const row = await (trx ?? database.system)
      .selectFrom('workspace')
      .select('sign_up')
      .where('created_by', '=', operatorId)
      .where('kind', '=', 'personal')
      .executeTakeFirst();
    return (row?.sign_up ?? 'invitation') as SignUpRule;
  },
});

export type MembershipStore = ReturnType<typeof createMembershipStore>;
