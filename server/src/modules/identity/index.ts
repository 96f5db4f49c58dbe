import type { IncomingHttpHeaders } from 'node:http';
import type { Broadcast } from '../../platform/broadcast.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/connect.ts';
import type { Listener } from '../../platform/events.ts';
import type { Routes } from '../../platform/http/app.ts';
import type { AnyJob, Jobs } from '../../platform/jobs.ts';
import type { Logger } from '../../platform/log.ts';
import type { Mail } from '../../platform/mail.ts';
import { createAuth } from './auth.ts';
import { cookieNameOf } from './cookies.ts';
import { passwordResetJob, sweepJob } from './jobs.ts';
import { identityRoutes } from './routes.ts';
import type { Credentials, NewAccount, ProfilePatch, User } from './schemas.ts';
import { createIdentityService, type Admit, type SignedIn } from './service.ts';
import { createSessionMemory, createSessions, type SessionIdentity } from './sessions.ts';
import { createIdentityStore } from './store.ts';

export type { Admit, Credentials, NewAccount, ProfilePatch, SessionIdentity, SignedIn, User };
export { credentialsBody, newAccountBody, profilePatch, UserSchema } from './schemas.ts';

export interface IdentityDeps {
  database: Database;
  /** `secret` signs cookies (32 characters or more); `publicUrl` is an origin without a slash at its end. */
  config: { secret: string; publicUrl: string; secureCookies: boolean };
  mail: Mail;
  jobs: Pick<Jobs, 'enqueue'>;
  broadcast: Broadcast;
  clock: Clock;
  log: Logger;
}

/** People, their passwords and their sessions. */
export interface Identity {
  /** Who is signed in; null for no cookie and for one that is forged, expired, revoked or garbage. Cached for 30 s. */
  resolveSession(headers: IncomingHttpHeaders): Promise<SessionIdentity | null>;
  /** Those of the sessions that have not ended; asks the database. */
  liveSessions(ids: readonly string[]): Promise<Set<string>>;
  /** Makes an account and signs it in. `admit` runs in the account's transaction and may refuse; the first account of all is the operator. */
  signUp(input: NewAccount, headers: IncomingHttpHeaders, admit: Admit): Promise<SignedIn>;
  /** Signs in; the session that the request came with ends. */
  signIn(credentials: Credentials, headers: IncomingHttpHeaders): Promise<SignedIn>;
  users: {
    /** Unknown ids are left out; in no particular order. */
    get(ids: readonly string[]): Promise<User[]>;
    /** The first account; null until there is one. */
    operatorId(): Promise<string | null>;
    update(userId: string, patch: ProfilePatch): Promise<void>;
  };
  routes: Routes;
  jobs: readonly AnyJob[];
  listeners: readonly Listener[];
}

/** Makes the module. */
export const createIdentity = (deps: IdentityDeps): Identity => {
  const { database, config, clock } = deps;
  const cookieName = cookieNameOf(config.secureCookies);
  const store = createIdentityStore(database);
  const memory = createSessionMemory(deps);
  const auth = createAuth({
    database,
    secret: config.secret,
    publicUrl: config.publicUrl,
    secureCookies: config.secureCookies,
    cookieName,
    log: deps.log,
    onSessionsEnded: memory.forget,
    onPasswordReset: store.deleteResetTokens,
  });
  const sessions = createSessions({ auth, store, memory, cookieName, clock });
  const resetJob = passwordResetJob({ auth, mail: deps.mail, publicUrl: config.publicUrl });
  const service = createIdentityService({
    auth,
    database,
    store,
    sessions,
    memory,
    jobs: deps.jobs,
    resetJob,
    cookieName,
  });
  let operatorId: string | null = null;
  return {
    resolveSession: sessions.resolve,
    liveSessions: (ids) => store.liveSessions(ids, clock.now()),
    signUp: service.signUp,
    signIn: service.signIn,
    users: {
      get: store.users,
      // The first account stays the first, so one look is enough.
      operatorId: async () => (operatorId ??= await store.operatorId()),
      async update(userId, patch) {
        await store.updateUser(userId, patch);
        memory.forget(userId);
      },
    },
    routes: identityRoutes({ service, sessions }),
    jobs: [resetJob, sweepJob({ store, clock })],
    listeners: [],
  };
};
