import type { Broadcast } from '../../platform/broadcast.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Clock } from '../../platform/clock.ts';
import { AppError, notFound } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import { readCursor, writeCursor } from './cursor.ts';
import type { ConversationBody, ConversationsQuery, ConversationView } from './schemas.ts';
import type { ConversationStore, StoredConversation, StoredMessage } from './store.ts';

export const presentConversation = (conversation: StoredConversation): ConversationView => ({
  id: conversation.id,
  title: conversation.title,
  bot: conversation.bot,
  headMessageId: conversation.headId,
  createdAt: conversation.createdAt.toISOString(),
  updatedAt: conversation.updatedAt.toISOString(),
});

export const createConversationService = (deps: {
  store: ConversationStore;
  broadcast: Pick<Broadcast, 'publish'>;
  clock: Clock;
}) => {
  const { store, broadcast, clock } = deps;

  const get = async (caller: Caller, id: string): Promise<ConversationView> => {
    const conversation = await store.find(caller.workspaceId, caller.userId, id);
    if (!conversation) throw notFound();
    return presentConversation(conversation);
  };

  return {
    async create(caller: Caller, body: ConversationBody): Promise<ConversationView> {
      const bot = await store.findBot(caller.workspaceId, caller.userId, body.botId);
      if (!bot)
        throw new AppError('unprocessable', 'There is no such bot, or it is not shared with you. Choose another one.', {
          errors: [{ path: 'botId', message: 'is not a bot that you can talk with' }],
        });
      const now = clock.now();
      const created = { id: newId(), title: body.title ?? null };
      await store.insert(caller.workspaceId, caller.userId, { ...created, botId: bot.id }, now);
      return presentConversation({ ...created, bot, headId: null, createdAt: now, updatedAt: now });
    },

    async list(
      caller: Caller,
      query: ConversationsQuery,
    ): Promise<{ items: ConversationView[]; nextCursor: string | null }> {
      const after = query.cursor === undefined ? null : readCursor(query.cursor);
      const found = await store.list(caller.workspaceId, caller.userId, after, query.limit + 1);
      const page = found.slice(0, query.limit);
      const last = page.at(-1);
      return {
        items: page.map(presentConversation),
        nextCursor: last && found.length > query.limit ? writeCursor(last.end) : null,
      };
    },

    get,

    async rename(caller: Caller, id: string, title: string): Promise<ConversationView> {
      if (!(await store.rename(caller.workspaceId, caller.userId, id, title))) throw notFound();
      return await get(caller, id);
    },

    async remove(caller: Caller, id: string): Promise<void> {
      if (!(await store.remove(caller.workspaceId, caller.userId, id))) throw notFound();
      // Its readers, on any node, are shown out.
      broadcast.publish('conversations.removed', { conversationId: id });
    },

    async open(caller: Caller, id: string): Promise<{ conversation: ConversationView; messages: StoredMessage[] }> {
      const conversation = await get(caller, id);
      return { conversation, messages: await store.messages(caller.workspaceId, id) };
    },
  };
};

export type ConversationService = ReturnType<typeof createConversationService>;
