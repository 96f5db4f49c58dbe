import type { Broadcast } from '../../platform/broadcast.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/connect.ts';
import { conversationRoutes } from './routes.ts';
import { createConversationService } from './service.ts';
import { createConversationStore } from './store.ts';

export { visibleConversation } from './access.ts';
export { ConversationSchema, PartSchema, type ConversationView, type Part } from './schemas.ts';
export { titleFrom } from './title.ts';
export type { StoredMessage } from './store.ts';

export interface ConversationsDeps {
  database: Database;
  broadcast: Pick<Broadcast, 'publish'>;
  clock: Clock;
}

/** Conversations of one user with a bot, and their message trees. Private to whoever began them. */
export const createConversations = (deps: ConversationsDeps) => {
  const service = createConversationService({ ...deps, store: createConversationStore(deps.database) });
  return {
    /** The caller's conversation with the messages of all its branches, oldest first; two statements. Throws not_found. */
    open: service.open,
    routes: conversationRoutes(service),
    jobs: [],
    listeners: [],
  };
};

export type Conversations = ReturnType<typeof createConversations>;
