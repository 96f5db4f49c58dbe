import { sql, type Selectable, type Transaction } from 'kysely';
import type { Database } from '../../platform/database/connect.ts';
import type { Tables } from '../../platform/database/tables.ts';
import { defaultPreferences, type Preferences, type ProfilePatch, type User } from './schemas.ts';

type IdentityTable = 'user' | 'session' | 'account' | 'verification';

export interface StoredAccount {
  id: string;
  name: string;
  email: string;
  passwordHash: string;
  isOperator: boolean;
}

const present = (row: Selectable<Tables['user']>): User => ({
  id: row.id,
  email: row.email,
  name: row.name,
  avatar: row.avatar,
  isOperator: row.is_operator,
  preferences: { ...defaultPreferences, ...(row.preferences as Partial<Preferences>) },
  createdAt: row.created_at.toISOString(),
});

/** People are not of one workspace, so all of this runs with the system's rights. */
export const createIdentityStore = (database: Database) => {
  const tables = database.system.$pickTables<IdentityTable>();

  return {
    async users(ids: readonly string[]): Promise<User[]> {
      if (ids.length === 0) return [];
      const rows = await tables.selectFrom('user').selectAll().where('id', 'in', ids).execute();
      return rows.map(present);
    },

    async operatorId(trx?: Transaction<Tables>): Promise<string | null> {
      const row = await (trx ?? database.system)
        .selectFrom('user')
        .select('id')
        .where('is_operator', '=', true)
        .executeTakeFirst();
      return row?.id ?? null;
    },

    /** Until the transaction ends nobody else may found the installation. */
    async lockFounding(trx: Transaction<Tables>): Promise<void> {
      await sql`select pg_advisory_xact_lock(hashtextextended('parley founding', 0))`.execute(trx);
    },

    async insertAccount(trx: Transaction<Tables>, account: StoredAccount, accountRowId: string): Promise<void> {
      await trx
        .insertInto('user')
        .values({ id: account.id, email: account.email, name: account.name, is_operator: account.isOperator })
        .execute();
      await trx
        .insertInto('account')
        .values({
          id: accountRowId,
          user_id: account.id,
          account_id: account.id,
          provider_id: 'credential',
          password: account.passwordHash,
        })
        .execute();
    },

    async updateUser(userId: string, patch: ProfilePatch): Promise<void> {
      await tables
        .updateTable('user')
        .set((eb) => ({
          updated_at: sql<Date>`now()`,
          ...(patch.name === undefined ? {} : { name: patch.name }),
          ...(patch.avatar === undefined ? {} : { avatar: patch.avatar }),
          ...(patch.preferences === undefined
            ? {}
            : { preferences: sql<string>`${eb.ref('preferences')} || ${JSON.stringify(patch.preferences)}::jsonb` }),
        }))
        .where('id', '=', userId)
        .execute();
    },

    async sessionByToken(token: string, now: Date) {
      const row = await tables
        .selectFrom('session')
        .innerJoin('user', 'user.id', 'session.user_id')
        .select(['session.id', 'session.user_id', 'session.expires_at', 'user.is_operator'])
        .where('session.token', '=', token)
        .where('session.expires_at', '>', now)
        .executeTakeFirst();
      return row ?? null;
    },

    sessions(userId: string, now: Date) {
      return tables
        .selectFrom('session')
        .select(['id', 'user_agent', 'created_at', 'expires_at'])
        .where('user_id', '=', userId)
        .where('expires_at', '>', now)
        .orderBy('created_at', 'desc')
        .execute();
    },

    /** Those of the sessions that have not ended. */
    async liveSessions(ids: readonly string[], now: Date): Promise<Set<string>> {
      const rows = await tables
        .selectFrom('session')
        .select('id')
        .where('id', '=', sql<string>`any(${[...ids]}::uuid[])`)
        .where('expires_at', '>', now)
        .execute();
      return new Set(rows.map((row) => row.id));
    },

    async deleteSession(userId: string, sessionId: string): Promise<boolean> {
      const result = await tables
        .deleteFrom('session')
        .where('user_id', '=', userId)
        .where('id', '=', sessionId)
        .executeTakeFirst();
      return result.numDeletedRows > 0n;
    },

    async deleteSessionByToken(token: string): Promise<string | null> {
      const row = await tables.deleteFrom('session').where('token', '=', token).returning('user_id').executeTakeFirst();
      return row?.user_id ?? null;
    },

    async deleteSessions(userId: string): Promise<void> {
      await tables.deleteFrom('session').where('user_id', '=', userId).execute();
    },

    /** Unused reset tokens; `verification` holds nothing else. */
    async deleteResetTokens(userId: string): Promise<void> {
      await tables.deleteFrom('verification').where('value', '=', userId).execute();
    },

    async deleteExpired(now: Date): Promise<void> {
      await tables.deleteFrom('session').where('expires_at', '<=', now).execute();
      await tables.deleteFrom('verification').where('expires_at', '<=', now).execute();
    },
  };
};

export type IdentityStore = ReturnType<typeof createIdentityStore>;
