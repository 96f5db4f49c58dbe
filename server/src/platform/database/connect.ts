import pg from 'pg';
import type { Kysely } from 'kysely';
import type { Secret } from '../secret.ts';
import { openEmbedded } from './embedded.ts';
import { createScopes, type Scope } from './scope.ts';
import type { Tables } from './tables.ts';
import { parseValues, plannerSettings } from './session.ts';

/** The one way to the database, embedded or PostgreSQL. */
export interface Database {
  /** Owner's rights, no row-level security: for sign-in, sweeps and the run log, where no tenant is asking. */
  system: Kysely<Tables>;
  /** A tenant's rights: rows of this workspace only. Never use it inside an open transaction: pass that down. */
  tenant(workspaceId: string): Kysely<Tables>;
  /** A named statement, planned once per connection, for hot paths. Rows come back untranslated. */
  prepared<Row extends object>(name: string, text: string): (scope: Scope, values: unknown[]) => Promise<Row[]>;
  /** A statement of a library that brings its own SQL, with the owner's rights. */
  raw(text: string, values: unknown[]): Promise<object[]>;
  /** Statements sent since the start, with those that begin, commit and set the tenant. */
  statementCount(): number;
  embedded: boolean;
  close(): Promise<void>;
}

const watchClients = (pools: readonly pg.Pool[]): (() => number) => {
  let count = 0;
  const watch = (client: pg.PoolClient): void => {
    // A connection that breaks fails its statement; without a listener it would end the process as well.
    client.on('error', () => {});
    const query = client.query.bind(client) as (...parameters: unknown[]) => unknown;
    client.query = ((...parameters: unknown[]) => {
      count += 1;
      return query(...parameters);
    }) as typeof client.query;
  };
  for (const pool of pools) {
    pool.on('connect', watch);
    // The same for one that breaks while idle: the pool replaces it by itself.
    pool.on('error', () => {});
  }
  return () => count;
};

/** Wraps pools as the Database: one for the system and one for tenants, or the same for both. */
export const databaseOver = (
  pools: { system: pg.Pool; tenants: pg.Pool },
  options: { embedded: boolean; close: () => Promise<void> },
): Database => {
  const statementCount = watchClients([...new Set([pools.system, pools.tenants])]);
  const scopes = createScopes((scope) => (scope === null ? pools.system : pools.tenants));
  const query = async (scope: Scope, statement: { name?: string; text: string; values: unknown[] }) => {
    const client = await scopes.connect(scope);
    try {
      const result = await client.query(statement);
      client.release();
      return result;
    } catch (error) {
      client.release(isBroken(error));
      throw error;
    }
  };
  return {
    system: scopes.system,
    tenant: scopes.tenant,
    prepared: (name, text) => async (scope, values) => (await query(scope, { name, text, values })).rows,
    raw: async (text, values) => {
      const result: unknown = await query(null, { text, values });
      const last = Array.isArray(result) ? result.at(-1) : result;
      return (last as { rows: object[] }).rows;
    },
    statementCount,
    embedded: options.embedded,
    close: options.close,
  };
};

const isBroken = (error: unknown): boolean => !(error instanceof pg.DatabaseError) || error.severity === 'FATAL';

/** Opens PostgreSQL when a URL is given, else the embedded database in `dataDir`. `describe` names this process to others. */
export const openDatabase = async (options: {
  url: Secret | null;
  poolSize: number;
  dataDir: string;
  describe: string;
}): Promise<Database> => {
  if (!options.url) {
    const { pool, close } = await openEmbedded(options.dataDir, options.describe);
    return databaseOver({ system: pool, tenants: pool }, { embedded: true, close });
  }
  const connectionString = options.url.reveal();
  // Two pools, so that the run log and the tenants do not take connections out of each other's scope.
  const open = (max: number): pg.Pool =>
    new pg.Pool({
      connectionString,
      max,
      connectionTimeoutMillis: 5_000,
      types: parseValues,
      application_name: 'parley',
      options: plannerSettings.map((setting) => `-c ${setting}`).join(' '),
    });
  const system = open(Math.ceil(options.poolSize / 3));
  const tenants = open(Math.max(1, options.poolSize - Math.ceil(options.poolSize / 3)));
  return databaseOver(
    { system, tenants },
    {
      embedded: false,
      async close() {
        await system.end();
        await tenants.end();
      },
    },
  );
};
