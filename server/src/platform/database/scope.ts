import type pg from 'pg';
import { Kysely, PostgresDialect } from 'kysely';
import type { Tables } from './tables.ts';

/** A workspace id, or null for the system: the owner of the tables, whom row-level security does not bind. */
export type Scope = string | null;

const setScope = {
  name: 'set-scope',
  text: `select set_config('role', $1, false), set_config('app.workspace_id', $2, false)`,
};
/** The tenants' role: row-level security binds it. */
export const appRole = 'parley_app';
const cachedTenants = 1_000;
const dayMs = 86_400_000;

/** The same connection, for statements that may take as long as they need. */
const unhurried = (client: pg.PoolClient): Pick<pg.PoolClient, 'query' | 'release'> => ({
  query: ((text: string, values: unknown[]) =>
    client.query({ text, values, query_timeout: dayMs } as pg.QueryConfig)) as typeof client.query,
  release: () => client.release(),
});

/**
 * Checks connections out of a pool in the scope asked for. The scope is a setting of the connection and outlives
 * a statement, so it costs a statement only when a connection changes hands between tenants.
 */
export const createScopes = (poolOf: (scope: Scope) => pg.Pool) => {
  const current = new WeakMap<pg.PoolClient, Scope>();

  /** `scoped` resolves when the connection is in the scope: a statement may be sent before, its rows be used after. */
  const checkOut = async (scope: Scope): Promise<{ client: pg.PoolClient; scoped: Promise<unknown> | null }> => {
    const client = await poolOf(scope).connect();
    if (current.get(client) === scope) return { client, scoped: null };
    current.delete(client);
    const scoped = client.query({ ...setScope, values: [scope === null ? 'none' : appRole, scope ?? ''] });
    return { client, scoped: scoped.then(() => void current.set(client, scope)) };
  };

  const connect = async (scope: Scope): Promise<pg.PoolClient> => {
    const { client, scoped } = await checkOut(scope);
    try {
      await scoped;
      return client;
    } catch (error) {
      client.release(true);
      throw error;
    }
  };

  const open = (connectNow: () => Promise<object>): Kysely<Tables> =>
    new Kysely<Tables>({
      dialect: new PostgresDialect({
        pool: { connect: connectNow, end: async () => {}, options: {} } as unknown as pg.Pool,
      }),
    });

  const system = open(() => connect(null));
  const patient = open(async () => unhurried(await connect(null)));
  const tenants = new Map<string, Kysely<Tables>>();

  return {
    checkOut,
    system,
    patient,
    tenant(workspaceId: string): Kysely<Tables> {
      let tenant = tenants.get(workspaceId);
      if (!tenant) {
        tenant = open(() => connect(workspaceId));
        if (tenants.size >= cachedTenants) tenants.delete(tenants.keys().next().value!);
        tenants.set(workspaceId, tenant);
      }
      return tenant;
    },
  };
};
