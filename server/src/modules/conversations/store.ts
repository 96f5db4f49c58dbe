import { sql, type Kysely } from 'kysely';
import type { Database } from '../../platform/database/connect.ts';
import type { Tables } from '../../platform/database/tables.ts';
import { visibleTo } from '../bots/index.ts';
import { visibleConversation } from './access.ts';
import type { PageEnd } from './cursor.ts';
import type { Part } from './schemas.ts';

type Own = Pick<Tables, 'conversation' | 'message' | 'bot'>;

export interface StoredConversation {
  id: string;
  title: string | null;
  bot: { id: string; name: string; avatar: string } | null;
  headId: string | null;
  createdAt: Date;
  updatedAt: Date;
}

export interface StoredMessage {
  id: string;
  conversationId: string;
  parentId: string | null;
  role: 'user' | 'assistant';
  parts: Part[];
  createdAt: Date;
}

interface Row {
  id: string;
  title: string | null;
  head_id: string | null;
  created_at: Date;
  updated_at: Date;
  bot_id: string | null;
  bot_name: string | null;
  bot_avatar: string | null;
}

const present = (row: Row): StoredConversation => ({
  id: row.id,
  title: row.title,
  bot:
    row.bot_id !== null && row.bot_name !== null && row.bot_avatar !== null
      ? { id: row.bot_id, name: row.bot_name, avatar: row.bot_avatar }
      : null,
  headId: row.head_id,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const presentMessage = (row: {
  id: string;
  conversation_id: string;
  parent_id: string | null;
  role: string;
  parts: unknown;
  created_at: Date;
}): StoredMessage => ({
  id: row.id,
  conversationId: row.conversation_id,
  parentId: row.parent_id,
  role: row.role as StoredMessage['role'],
  parts: row.parts as Part[],
  createdAt: row.created_at,
});

/** A bot that the user no longer sees is not joined: its name is its workspace's affair. */
const visibleOf = (db: Kysely<Own>, workspaceId: string, userId: string) =>
  db
    .selectFrom('conversation')
    .leftJoin('bot', (join) => join.onRef('bot.id', '=', 'conversation.bot_id').on(visibleTo(workspaceId, userId)))
    .where(visibleConversation(workspaceId, userId))
    .select([
      'conversation.id',
      'conversation.title',
      'conversation.head_id',
      'conversation.created_at',
      'conversation.updated_at',
      'bot.id as bot_id',
      'bot.name as bot_name',
      'bot.avatar as bot_avatar',
    ]);

export const createConversationStore = (database: Database) => {
  const tables = (workspaceId: string) =>
    database.tenant(workspaceId).$pickTables<'conversation' | 'message' | 'bot'>();

  return {
    /** The bot to talk with, as far as the user sees it. */
    async findBot(workspaceId: string, userId: string, id: string): Promise<StoredConversation['bot']> {
      const row = await tables(workspaceId)
        .selectFrom('bot')
        .select(['id', 'name', 'avatar'])
        .where('id', '=', id)
        .where(visibleTo(workspaceId, userId))
        .executeTakeFirst();
      return row ?? null;
    },

    async insert(
      workspaceId: string,
      userId: string,
      conversation: { id: string; botId: string; title: string | null },
      now: Date,
    ): Promise<void> {
      await tables(workspaceId)
        .insertInto('conversation')
        .values({
          id: conversation.id,
          workspace_id: workspaceId,
          created_by: userId,
          bot_id: conversation.botId,
          title: conversation.title,
          created_at: now,
          updated_at: now,
        })
        .execute();
    },

    async list(
      workspaceId: string,
      userId: string,
      after: PageEnd | null,
      limit: number,
    ): Promise<(StoredConversation & { end: PageEnd })[]> {
      const rows = await visibleOf(tables(workspaceId), workspaceId, userId)
        // A Date holds milliseconds only, and two rows of one millisecond must not hide each other at a page's edge.
        .select(sql<string>`(extract(epoch from conversation.updated_at) * 1000000)::bigint::text`.as('micros'))
        .$if(after !== null, (query) =>
          query.where(
            sql<boolean>`(conversation.updated_at, conversation.id) < ('epoch'::timestamptz + ${after?.micros}::bigint * interval '1 microsecond', ${after?.id}::uuid)`,
          ),
        )
        .orderBy('conversation.updated_at', 'desc')
        .orderBy('conversation.id', 'desc')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ ...present(row), end: { micros: row.micros, id: row.id } }));
    },

    async find(workspaceId: string, userId: string, id: string): Promise<StoredConversation | null> {
      const row = await visibleOf(tables(workspaceId), workspaceId, userId)
        .where('conversation.id', '=', id)
        .executeTakeFirst();
      return row ? present(row) : null;
    },

    /** All branches, oldest first. Ask only for a conversation that was found. */
    async messages(workspaceId: string, conversationId: string): Promise<StoredMessage[]> {
      const rows = await tables(workspaceId)
        .selectFrom('message')
        .select(['id', 'conversation_id', 'parent_id', 'role', 'parts', 'created_at'])
        .where('workspace_id', '=', workspaceId)
        .where('conversation_id', '=', conversationId)
        // Ids have the time of the node that made them, and clocks differ; between equal times they tell the order.
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return rows.map(presentMessage);
    },

    async rename(workspaceId: string, userId: string, id: string, title: string): Promise<boolean> {
      const result = await tables(workspaceId)
        .updateTable('conversation')
        .set({ title })
        .where('conversation.id', '=', id)
        .where(visibleConversation(workspaceId, userId))
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    async remove(workspaceId: string, userId: string, id: string): Promise<boolean> {
      const result = await tables(workspaceId)
        .deleteFrom('conversation')
        .where('conversation.id', '=', id)
        .where(visibleConversation(workspaceId, userId))
        .executeTakeFirst();
      return result.numDeletedRows > 0n;
    },
  };
};

export type ConversationStore = ReturnType<typeof createConversationStore>;
