import type pg from 'pg';
import { Kysely, PostgresDialect } from 'kysely';
import type { Tables } from './tables.ts';

/** A workspace id, or null for the system: the owner of the tables, whom row-level security does not bind. */
export type Scope = string | null;

const setScope = {
  name: 'set-scope',
  text: `select set_config('role', $1, false), set_config('app.workspace_id', $2, false)`,
};
const appRole = 'parley_app';
const cachedTenants = 1_000;

/**
 * Checks connections out of a pool in the scope asked for. The scope is a setting of the connection and outlives
 * a statement, so it costs a statement only when a connection changes hands between tenants.
 */
export const createScopes = (poolOf: (scope: Scope) => pg.Pool) => {
  const current = new WeakMap<pg.PoolClient, Scope>();

  const connect = async (scope: Scope): Promise<pg.PoolClient> => {
    const client = await poolOf(scope).connect();
    if (current.get(client) === scope) return client;
    try {
      current.delete(client);
      await client.query({ ...setScope, values: [scope === null ? 'none' : appRole, scope ?? ''] });
      current.set(client, scope);
      return client;
    } catch (error) {
      client.release(true);
      throw error;
    }
  };

  const open = (scope: Scope): Kysely<Tables> =>
    new Kysely<Tables>({
      dialect: new PostgresDialect({
        pool: { connect: () => connect(scope), end: async () => {}, options: {} } as unknown as pg.Pool,
      }),
    });

  const system = open(null);
  const tenants = new Map<string, Kysely<Tables>>();

  return {
    connect,
    system,
    tenant(workspaceId: string): Kysely<Tables> {
      let tenant = tenants.get(workspaceId);
      if (!tenant) {
        tenant = open(workspaceId);
        if (tenants.size >= cachedTenants) tenants.delete(tenants.keys().next().value!);
        tenants.set(workspaceId, tenant);
      }
      return tenant;
    },
  };
};
