import type { IncomingHttpHeaders } from 'node:http';
import type { Broadcast } from '../../platform/broadcast.ts';
import type { Clock } from '../../platform/clock.ts';
import { notFound } from '../../platform/errors.ts';
import type { Auth } from './auth.ts';
import { authHeaders, readCookie } from './cookies.ts';
import { createRecentCache } from '../../platform/cache.ts';
import type { Session } from './schemas.ts';
import type { IdentityStore } from './store.ts';

export interface SessionIdentity {
  userId: string;
  sessionId: string;
  isOperator: boolean;
}

interface KnownSession extends SessionIdentity {
  expiresAt: Date;
}

const topic = 'identity.sessions';
const rememberedSeconds = 30;
const rememberedSessions = 10_000;

/** What is known about signed-in browsers, remembered for a moment so that most requests need no statement. */
export const createSessionMemory = (deps: { broadcast: Broadcast; clock: Clock }) => {
  const cache = createRecentCache<KnownSession>({
    clock: deps.clock,
    seconds: rememberedSeconds,
    size: rememberedSessions,
    news: deps.broadcast,
  });
  const forgetHere = ({ userId }: { userId: string }): void => cache.forget((session) => session.userId === userId);
  deps.broadcast.subscribe(topic, forgetHere);
  return {
    get: cache.get,
    /** On every node the next request of this user asks the database again. */
    forget(userId: string): void {
      forgetHere({ userId });
      deps.broadcast.publish(topic, { userId });
    },
  };
};

export type SessionMemory = ReturnType<typeof createSessionMemory>;

export const createSessions = (deps: {
  auth: Auth;
  store: IdentityStore;
  memory: SessionMemory;
  cookieName: string;
  clock: Clock;
}) => {
  const { auth, store, memory, cookieName, clock } = deps;

  const load = async (headers: IncomingHttpHeaders): Promise<KnownSession | null> => {
    const { token } = await auth.api.readSessionToken({ headers: authHeaders(headers, cookieName) });
    if (token === null) return null;
    const row = await store.sessionByToken(token, clock.now());
    return row && { userId: row.user_id, sessionId: row.id, isOperator: row.is_operator, expiresAt: row.expires_at };
  };

  return {
    /** Who is signed in; null for no cookie and for one that is forged, expired, revoked or garbage. */
    async resolve(headers: IncomingHttpHeaders): Promise<SessionIdentity | null> {
      const cookie = readCookie(headers, cookieName);
      if (cookie === null) return null;
      const session = await memory.get(cookie, () => load(headers));
      return session && session.expiresAt > clock.now() ? session : null;
    },

    async list(userId: string, currentId: string): Promise<Session[]> {
      const rows = await store.sessions(userId, clock.now());
      return rows.map((row) => ({
        id: row.id,
        current: row.id === currentId,
        userAgent: row.user_agent === '' ? null : row.user_agent,
        createdAt: row.created_at.toISOString(),
        expiresAt: row.expires_at.toISOString(),
      }));
    },

    async end(userId: string, sessionId: string): Promise<void> {
      const ended = await store.deleteSession(userId, sessionId);
      memory.forget(userId);
      if (!ended) throw notFound();
    },

    async endAll(userId: string): Promise<void> {
      await store.deleteSessions(userId);
      memory.forget(userId);
    },

    /** Ends the session that the request came with, whosever it is. */
    async endPresented(headers: IncomingHttpHeaders): Promise<void> {
      const { token } = await auth.api.readSessionToken({ headers: authHeaders(headers, cookieName) });
      const userId = token === null ? null : await store.deleteSessionByToken(token);
      if (userId !== null) memory.forget(userId);
    },
  };
};

export type Sessions = ReturnType<typeof createSessions>;
