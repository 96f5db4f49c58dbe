import { createTransport } from './call.ts';
import type { ClientOptions } from './call.ts';
import { createBots } from './groups/bots.ts';
import { createConversations } from './groups/conversations.ts';
import { createAuth, createMe, createSetup } from './groups/identity.ts';
import { createModels, createProviders } from './groups/models.ts';
import { createRuns } from './groups/runs.ts';
import { createInvitations, createWorkspaces } from './groups/workspaces.ts';

/** A Parley server as an object: one method per operation, in groups. Methods reject with a `ParleyError`. */
export interface Client {
  setup: ReturnType<typeof createSetup>;
  auth: ReturnType<typeof createAuth>;
  me: ReturnType<typeof createMe>;
  workspaces: ReturnType<typeof createWorkspaces>;
  invitations: ReturnType<typeof createInvitations>;
  providers: ReturnType<typeof createProviders>;
  models: ReturnType<typeof createModels>;
  bots: ReturnType<typeof createBots>;
  conversations: ReturnType<typeof createConversations>;
  runs: ReturnType<typeof createRuns>;
  /** The same client acting in another workspace; `null` means the caller's personal one. */
  inWorkspace(id: string | null): Client;
}

/** A client for browsers (cookies are sent) and for Node. */
export function createClient(options: ClientOptions = {}): Client {
  const transport = createTransport(options);
  const { call } = transport;
  return {
    setup: createSetup(call),
    auth: createAuth(call),
    me: createMe(call),
    workspaces: createWorkspaces(call),
    invitations: createInvitations(call),
    providers: createProviders(call),
    models: createModels(call),
    bots: createBots(call),
    conversations: createConversations(call),
    runs: createRuns(transport),
    inWorkspace: (id) => createClient({ ...options, workspace: id }),
  };
}
