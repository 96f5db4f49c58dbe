import type { IncomingHttpHeaders } from 'node:http';
import type { Broadcast } from '../../platform/broadcast.ts';
import type { Caller, Membership } from '../../platform/caller.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/connect.ts';
import type { Events, Listener } from '../../platform/events.ts';
import type { Routes } from '../../platform/http/app.ts';
import type { AnyJob } from '../../platform/jobs.ts';
import type { Mail } from '../../platform/mail.ts';
import type { Secrets } from '../../platform/secrets.ts';
import type { Identity } from '../identity/index.ts';
import { accountRoutes } from './account-routes.ts';
import { createInvitationStore } from './invitation-store.ts';
import { invitationRoutes } from './invitation-routes.ts';
import { createInvitations } from './invitations.ts';
import { invitationLetters } from './letters.ts';
import { createMemberships, type Reader } from './memberships.ts';
import { workspaceRoutes } from './routes.ts';
import { createWorkspaceService } from './service.ts';
import { createSignUp } from './sign-up.ts';
import { createMembershipStore, createWorkspaceStore } from './store.ts';

export { invitationCreated } from './events.ts';

export interface WorkspacesDeps {
  database: Database;
  identity: Identity;
  events: Pick<Events, 'emit'>;
  mail: Mail;
  secrets: Pick<Secrets, 'seal' | 'open'>;
  /** `publicUrl` is an origin without a slash at its end; `version` is told to visitors by `/v1/setup`. */
  config: { publicUrl: string; version: string };
  broadcast: Broadcast;
  clock: Clock;
}

/** Workspaces, members, roles and invitations; and who the caller of a request is. */
export interface Workspaces {
  /**
   * The caller of a request with the workspace it acts in: the one of the header `Parley-Workspace`, else the personal
   * one. Null when nobody is signed in; throws `not_found` for a workspace of others and `invalid_request` for no id.
   */
  resolveCaller(request: { headers: IncomingHttpHeaders }): Promise<Caller | null>;
  /** For each: whether the session goes on and its user is still a member of the workspace; asks the database. */
  areMembers(readers: readonly Reader[]): Promise<boolean[]>;
  /** The memberships of a user, the personal workspace (made when missing) first. Cached for 30 s. */
  membershipsOf(userId: string): Promise<readonly Membership[]>;
  routes: Routes;
  jobs: readonly AnyJob[];
  listeners: readonly Listener[];
}

/** Makes the module. */
export const createWorkspaces = (deps: WorkspacesDeps): Workspaces => {
  const { database, identity, config } = deps;
  const store = createWorkspaceStore(database);
  const membershipStore = createMembershipStore(database);
  const invitationStore = createInvitationStore(database);
  const memberships = createMemberships({ ...deps, store: membershipStore });
  const service = createWorkspaceService({
    store,
    membershipStore,
    invitations: invitationStore,
    memberships,
    identity,
  });
  const invitations = createInvitations({
    ...deps,
    store,
    membershipStore,
    invitations: invitationStore,
    memberships,
    publicUrl: config.publicUrl,
  });
  const signUp = createSignUp({ identity, store: membershipStore, invitations, version: config.version });
  return {
    resolveCaller: memberships.resolveCaller,
    areMembers: memberships.areStill,
    membershipsOf: async (userId) => (await memberships.of(userId)).all,
    routes: async (app) => {
      await accountRoutes({ identity, service, signUp })(app);
      await workspaceRoutes(service)(app);
      await invitationRoutes(invitations)(app);
    },
    jobs: [],
    listeners: [invitationLetters({ ...deps, store, publicUrl: config.publicUrl })],
  };
};
