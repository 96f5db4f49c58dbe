import type { Selectable, Updateable } from 'kysely';
import type { Database } from '../../platform/database/connect.ts';
import type { Tables } from '../../platform/database/tables.ts';
import type { ProviderKind } from './provider.ts';

type Row = Selectable<Tables['provider']>;

export interface StoredProvider {
  id: string;
  kind: ProviderKind;
  name: string;
  baseUrl: string | null;
  source: 'workspace' | 'environment';
  keyHint: string | null;
  models: string[];
  createdAt: Date;
}

/** With the sealed key: for calls to the provider, never for an answer. */
export interface KeyedProvider extends StoredProvider {
  sealedKey: string | null;
}

export type NewProvider = Omit<KeyedProvider, 'createdAt'> & { createdBy: string };
export type ProviderChanges = Partial<Pick<KeyedProvider, 'name' | 'baseUrl' | 'keyHint' | 'sealedKey'>>;

const shown = ['id', 'kind', 'name', 'base_url', 'source', 'key_hint', 'models', 'created_at'] as const;
const keyed = [...shown, 'api_key_sealed'] as const;

const present = (row: Pick<Row, (typeof shown)[number]>): StoredProvider => ({
  id: row.id,
  kind: row.kind as ProviderKind,
  name: row.name,
  baseUrl: row.base_url,
  source: row.source as StoredProvider['source'],
  keyHint: row.key_hint,
  models: row.models as string[],
  createdAt: row.created_at,
});

const presentKeyed = (row: Pick<Row, (typeof keyed)[number]>): KeyedProvider => ({
  ...present(row),
  sealedKey: row.api_key_sealed,
});

const columns = (changes: ProviderChanges): Updateable<Tables['provider']> => ({
  ...(changes.name === undefined ? {} : { name: changes.name }),
  ...(changes.baseUrl === undefined ? {} : { base_url: changes.baseUrl }),
  ...(changes.keyHint === undefined ? {} : { key_hint: changes.keyHint }),
  ...(changes.sealedKey === undefined ? {} : { api_key_sealed: changes.sealedKey }),
});

export const createModelStore = (database: Database) => {
  const tables = (workspaceId: string) => database.tenant(workspaceId).$pickTables<'provider' | 'model_default'>();

  return {
    async list(workspaceId: string): Promise<StoredProvider[]> {
      const rows = await tables(workspaceId)
        .selectFrom('provider')
        .select(shown)
        .where('workspace_id', '=', workspaceId)
        .orderBy('id')
        .execute();
      return rows.map(present);
    },

    async insert(workspaceId: string, provider: NewProvider, now: Date): Promise<StoredProvider> {
      const row = await tables(workspaceId)
        .insertInto('provider')
        .values({
          id: provider.id,
          workspace_id: workspaceId,
          kind: provider.kind,
          name: provider.name,
          base_url: provider.baseUrl,
          source: provider.source,
          api_key_sealed: provider.sealedKey,
          key_hint: provider.keyHint,
          models: JSON.stringify(provider.models),
          created_by: provider.createdBy,
          created_at: now,
          updated_at: now,
        })
        .returning(shown)
        .executeTakeFirstOrThrow();
      return present(row);
    },

    async find(workspaceId: string, id: string): Promise<KeyedProvider | null> {
      const row = await tables(workspaceId)
        .selectFrom('provider')
        .select(keyed)
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', id)
        .executeTakeFirst();
      return row ? presentKeyed(row) : null;
    },

    /** Lets `decide` see the locked row before it is changed; null when there is none. */
    async change(
      workspaceId: string,
      id: string,
      decide: (provider: KeyedProvider) => ProviderChanges,
      now: Date,
    ): Promise<KeyedProvider | null> {
      return await tables(workspaceId)
        .transaction()
        .execute(async (trx) => {
          const row = await trx
            .selectFrom('provider')
            .select(keyed)
            .where('workspace_id', '=', workspaceId)
            .where('id', '=', id)
            .forUpdate()
            .executeTakeFirst();
          if (!row) return null;
          const changed = await trx
            .updateTable('provider')
            .set({ ...columns(decide(presentKeyed(row))), updated_at: now })
            .where('workspace_id', '=', workspaceId)
            .where('id', '=', id)
            .returning(keyed)
            .executeTakeFirstOrThrow();
          return presentKeyed(changed);
        });
    },

    async keepModels(workspaceId: string, id: string, models: readonly string[]): Promise<void> {
      await tables(workspaceId)
        .updateTable('provider')
        .set({ models: JSON.stringify(models) })
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', id)
        .execute();
    },

    async remove(workspaceId: string, id: string): Promise<boolean> {
      const result = await tables(workspaceId)
        .deleteFrom('provider')
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', id)
        .executeTakeFirst();
      return result.numDeletedRows > 0n;
    },

    async exists(workspaceId: string, id: string): Promise<boolean> {
      const row = await tables(workspaceId)
        .selectFrom('provider')
        .select('id')
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', id)
        .executeTakeFirst();
      return row !== undefined;
    },

    async findDefault(workspaceId: string): Promise<{ providerId: string; name: string } | null> {
      const row = await tables(workspaceId)
        .selectFrom('model_default')
        .select(['provider_id', 'model'])
        .where('workspace_id', '=', workspaceId)
        .executeTakeFirst();
      return row ? { providerId: row.provider_id, name: row.model } : null;
    },

    async setDefault(workspaceId: string, ref: { providerId: string; name: string }): Promise<void> {
      await tables(workspaceId)
        .insertInto('model_default')
        .values({ workspace_id: workspaceId, provider_id: ref.providerId, model: ref.name })
        .onConflict((conflict) =>
          conflict.column('workspace_id').doUpdateSet({ provider_id: ref.providerId, model: ref.name }),
        )
        .execute();
    },
  };
};

export type ModelStore = ReturnType<typeof createModelStore>;
