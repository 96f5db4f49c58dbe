import type { Selectable, Updateable } from 'kysely';
import type { Database } from '../../platform/database/connect.ts';
import type { Tables } from '../../platform/database/tables.ts';
import type { ModelRef } from '../models/index.ts';
import { visibleTo } from './access.ts';
import type { BotType } from './bot-types.ts';
import type { BotPatch, Visibility } from './schemas.ts';

export const demoBotId = '00000000-0000-7000-8000-000000000002';

export interface StoredBot {
  id: string;
  workspaceId: string;
  name: string;
  description: string;
  avatar: string;
  type: BotType;
  instructions: string;
  model: ModelRef | null;
  fallbacks: ModelRef[];
  temperature: number | null;
  maxTokens: number | null;
  visibility: Visibility;
  createdBy: string | null;
  createdAt: Date;
  updatedAt: Date;
}

export type NewBot = Omit<StoredBot, 'workspaceId' | 'createdAt' | 'updatedAt'>;

const present = (row: Selectable<Tables['bot']>): StoredBot => ({
  id: row.id,
  workspaceId: row.workspace_id,
  name: row.name,
  description: row.description,
  avatar: row.avatar,
  type: row.type as BotType,
  instructions: row.instructions,
  model: row.provider_id !== null && row.model !== null ? { providerId: row.provider_id, name: row.model } : null,
  fallbacks: row.fallbacks as ModelRef[],
  temperature: row.temperature,
  maxTokens: row.max_tokens,
  visibility: row.visibility as Visibility,
  createdBy: row.created_by,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const columns = ({ model, fallbacks, maxTokens, ...rest }: BotPatch): Updateable<Tables['bot']> => ({
  ...rest,
  ...(model === undefined ? {} : { provider_id: model?.providerId ?? null, model: model?.name ?? null }),
  ...(fallbacks === undefined ? {} : { fallbacks: JSON.stringify(fallbacks) }),
  ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
});

export const createBotStore = (database: Database) => {
  const tables = (workspaceId: string) => database.tenant(workspaceId).$pickTables<'bot'>();

  return {
    /** The demo bot first, then the newest, `limit` at most. `before` is the last id of the page before. */
    async list(workspaceId: string, userId: string, before: string | null, limit: number): Promise<StoredBot[]> {
      const rows = await tables(workspaceId)
        .selectFrom('bot')
        .selectAll()
        .where(visibleTo(workspaceId, userId))
        .$if(before !== null && before !== demoBotId, (query) => query.where('id', '<', before))
        .$if(before !== null, (query) => query.where('id', '!=', demoBotId))
        .orderBy((eb) => eb('id', '=', demoBotId), 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute();
      return rows.map(present);
    },

    async find(workspaceId: string, userId: string, id: string): Promise<StoredBot | null> {
      const row = await tables(workspaceId)
        .selectFrom('bot')
        .selectAll()
        .where('id', '=', id)
        .where(visibleTo(workspaceId, userId))
        .executeTakeFirst();
      return row ? present(row) : null;
    },

    async count(workspaceId: string): Promise<number> {
      const row = await tables(workspaceId)
        .selectFrom('bot')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('workspace_id', '=', workspaceId)
        .executeTakeFirstOrThrow();
      return Number(row.count);
    },

    async insert(workspaceId: string, bot: NewBot, now: Date): Promise<StoredBot> {
      const { id, visibility, createdBy, ...rest } = bot;
      const row = await tables(workspaceId)
        .insertInto('bot')
        .values({
          id,
          workspace_id: workspaceId,
          name: rest.name,
          description: rest.description,
          avatar: rest.avatar,
          type: rest.type,
          instructions: rest.instructions,
          provider_id: rest.model?.providerId ?? null,
          model: rest.model?.name ?? null,
          fallbacks: JSON.stringify(rest.fallbacks),
          temperature: rest.temperature,
          max_tokens: rest.maxTokens,
          visibility,
          created_by: createdBy,
          created_at: now,
          updated_at: now,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      return present(row);
    },

    /** Changes the bot as long as the user sees it and its visibility is still the one that was judged. */
    async update(
      workspaceId: string,
      userId: string,
      judged: Pick<StoredBot, 'id' | 'visibility'>,
      patch: BotPatch,
      now: Date,
    ): Promise<StoredBot | null> {
      const row = await tables(workspaceId)
        .updateTable('bot')
        .set({ ...columns(patch), updated_at: now })
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', judged.id)
        .where('visibility', '=', judged.visibility)
        .where(visibleTo(workspaceId, userId))
        .returningAll()
        .executeTakeFirst();
      return row ? present(row) : null;
    },

    async remove(workspaceId: string, userId: string, judged: Pick<StoredBot, 'id' | 'visibility'>): Promise<boolean> {
      const result = await tables(workspaceId)
        .deleteFrom('bot')
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', judged.id)
        .where('visibility', '=', judged.visibility)
        .where(visibleTo(workspaceId, userId))
        .executeTakeFirst();
      return result.numDeletedRows > 0n;
    },
  };
};

export type BotStore = ReturnType<typeof createBotStore>;
