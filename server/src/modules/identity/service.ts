import type { IncomingHttpHeaders } from 'node:http';
import type { Transaction } from 'kysely';
import type { Caller } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/connect.ts';
import { isDuplicate } from '../../platform/database/faults.ts';
import type { Tables } from '../../platform/database/tables.ts';
import { AppError } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import type { Jobs } from '../../platform/jobs.ts';
import type { Auth } from './auth.ts';
import { authHeaders, setCookies } from './cookies.ts';
import { translated } from './faults.ts';
import type { PasswordResetJob } from './jobs.ts';
import { hashPassword } from './password.ts';
import type { Credentials, NewAccount } from './schemas.ts';
import type { SessionMemory, Sessions } from './sessions.ts';
import type { IdentityStore } from './store.ts';

/** A person who has just signed in or up. */
export interface SignedIn {
  userId: string;
  /** `Set-Cookie` lines for the answer. */
  cookies: string[];
}

/** Completes a new account in its own transaction, or refuses it by throwing. */
export type Admit = (
  trx: Transaction<Tables>,
  account: { userId: string; email: string; operatorId: string },
) => Promise<void>;

const addressTaken = () =>
  new AppError('conflict', 'An account with this e-mail address exists. Sign in instead, or set a new password.', {
    errors: [{ path: 'email', message: 'belongs to an account' }],
  });

export const createIdentityService = (deps: {
  auth: Auth;
  database: Database;
  store: IdentityStore;
  sessions: Sessions;
  memory: SessionMemory;
  jobs: Pick<Jobs, 'enqueue'>;
  resetJob: PasswordResetJob;
  cookieName: string;
}) => {
  const { auth, database, store, sessions, memory, jobs, resetJob, cookieName } = deps;
  const given = (headers: IncomingHttpHeaders) => authHeaders(headers, cookieName);

  /** The operator's id: that of the new account when it is the first. Of accounts made at the same moment one is. */
  const chooseOperator = async (trx: Transaction<Tables>, userId: string): Promise<string> => {
    const known = await store.operatorId(trx);
    if (known !== null) return known;
    await store.lockFounding(trx);
    return (await store.operatorId(trx)) ?? userId;
  };

  const openSession = async (userId: string, headers: IncomingHttpHeaders): Promise<SignedIn> => {
    const opened = await auth.api.openSession({ body: { userId }, headers: given(headers), returnHeaders: true });
    return { userId, cookies: setCookies(opened.headers, cookieName) };
  };

  return {
    async signUp(input: NewAccount, headers: IncomingHttpHeaders, admit: Admit): Promise<SignedIn> {
      const userId = newId();
      // Outside of the transaction: the embedded database has one connection, and hashing takes a while.
      const passwordHash = await hashPassword(input.password);
      try {
        await database.system.transaction().execute(async (trx) => {
          const operatorId = await chooseOperator(trx, userId);
          const { name, email } = input;
          const account = { id: userId, name, email, passwordHash, isOperator: operatorId === userId };
          await store.insertAccount(trx, account, newId());
          await admit(trx, { userId, email, operatorId });
        });
      } catch (error) {
        throw isDuplicate(error, 'user_email_key') ? addressTaken() : error;
      }
      return await openSession(userId, headers);
    },

    async signIn(credentials: Credentials, headers: IncomingHttpHeaders): Promise<SignedIn> {
      const answer = await translated(
        auth.api.signInEmail({ body: credentials, headers: given(headers), returnHeaders: true }),
      );
      await sessions.endPresented(headers);
      return { userId: answer.response.user.id, cookies: setCookies(answer.headers, cookieName) };
    },

    async signOut(caller: Caller): Promise<void> {
      await sessions.end(caller.userId, caller.sessionId);
    },

    async changePassword(
      passwords: { currentPassword: string; newPassword: string },
      headers: IncomingHttpHeaders,
      caller: Caller,
    ): Promise<string[]> {
      const answer = await translated(
        auth.api.changePassword({
          body: { ...passwords, revokeOtherSessions: true },
          headers: given(headers),
          returnHeaders: true,
        }),
      );
      await store.deleteResetTokens(caller.userId);
      memory.forget(caller.userId);
      return setCookies(answer.headers, cookieName);
    },

    async requestPasswordReset(email: string): Promise<void> {
      await database.system.transaction().execute((trx) => jobs.enqueue(trx, resetJob, { email }));
    },

    async resetPassword(input: { token: string; password: string }): Promise<void> {
      await translated(auth.api.resetPassword({ body: { token: input.token, newPassword: input.password } }));
    },

    /** The `Set-Cookie` lines that make a browser forget its session. */
    async clearCookies(): Promise<string[]> {
      const answer = await auth.api.clearSessionCookie({ returnHeaders: true });
      return setCookies(answer.headers, cookieName);
    },
  };
};

export type IdentityService = ReturnType<typeof createIdentityService>;
