import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Broadcast } from '../../platform/broadcast.ts';
import type { Caller, Membership } from '../../platform/caller.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/connect.ts';
import { AppError, notFound } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import { createRecentCache } from '../../platform/cache.ts';
import type { Identity } from '../identity/index.ts';
import type { MembershipStore } from './store.ts';

/** Somebody who was let in some time ago. */
export interface Reader {
  userId: string;
  sessionId: string;
  workspaceId: string;
}

export interface Memberships {
  userId: string;
  /** The personal workspace first. */
  all: readonly Membership[];
  personalId: string;
}

/** Whose memberships changed: one user's, or everybody's in a workspace. */
type Change = { userId: string } | { workspaceId: string };

const topic = 'workspaces.members';
const rememberedSeconds = 30;
const rememberedUsers = 10_000;
const workspaceHeader = 'Parley-Workspace';
const uuid = z.uuid();

export const createMemberships = (deps: {
  database: Database;
  store: MembershipStore;
  identity: Pick<Identity, 'resolveSession' | 'liveSessions'>;
  broadcast: Broadcast;
  clock: Clock;
}) => {
  const { database, store, identity, broadcast, clock } = deps;
  const cache = createRecentCache<Memberships>({
    clock,
    seconds: rememberedSeconds,
    size: rememberedUsers,
    news: broadcast,
  });

  const forgetHere = (change: Change): void =>
    cache.forget((known) =>
      'userId' in change
        ? known.userId === change.userId
        : known.all.some((membership) => membership.workspaceId === change.workspaceId),
    );
  broadcast.subscribe(topic, forgetHere);

  const read = async (userId: string): Promise<Memberships | null> => {
    const workspaces = await store.workspacesOf(userId);
    const personal = workspaces.find((workspace) => workspace.kind === 'personal' && workspace.createdBy === userId);
    if (!personal) return null;
    return {
      userId,
      all: workspaces.map(({ id, role }) => ({ workspaceId: id, role })),
      personalId: personal.id,
    };
  };

  const load = async (userId: string): Promise<Memberships> => {
    const known = await read(userId);
    if (known) return known;
    await database.system.transaction().execute((trx) => store.ensurePersonal(trx, newId(), userId));
    const made = await read(userId);
    if (!made) throw new Error('a user has no personal workspace right after it was made');
    return made;
  };

  const of = async (userId: string): Promise<Memberships> =>
    (await cache.get(userId, () => load(userId))) ?? (await load(userId));

  const requestedWorkspace = (headers: IncomingHttpHeaders): string | null => {
    const given = headers[workspaceHeader.toLowerCase()];
    if (given === undefined) return null;
    const parsed = uuid.safeParse(given);
    if (parsed.success) return parsed.data.toLowerCase();
    throw new AppError('invalid_request', `The header ${workspaceHeader} must be the id of a workspace.`, {
      errors: [{ path: workspaceHeader, message: 'is not an id' }],
    });
  };

  return {
    of,

    async areStill(readers: readonly Reader[]): Promise<boolean[]> {
      const sessions = await identity.liveSessions(readers.map((reader) => reader.sessionId));
      const members = await store.members(readers);
      return readers.map(
        ({ sessionId, userId, workspaceId }) => sessions.has(sessionId) && members.has(`${userId} ${workspaceId}`),
      );
    },

    /** On every node the next request of these people asks the database again. */
    forget(change: Change): void {
      forgetHere(change);
      broadcast.publish(topic, change);
    },

    async resolveCaller(request: { headers: IncomingHttpHeaders }): Promise<Caller | null> {
      const session = await identity.resolveSession(request.headers);
      if (!session) return null;
      const { all, personalId } = await of(session.userId);
      const workspaceId = requestedWorkspace(request.headers) ?? personalId;
      const membership = all.find((one) => one.workspaceId === workspaceId);
      if (!membership) throw notFound();
      return {
        kind: 'user',
        userId: session.userId,
        sessionId: session.sessionId,
        isOperator: session.isOperator,
        memberships: all,
        workspaceId,
        role: membership.role,
      };
    },
  };
};

export type MembershipMemory = ReturnType<typeof createMemberships>;
