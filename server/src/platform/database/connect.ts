import pg from 'pg';
import type { Kysely } from 'kysely';
import type { Secret } from '../secret.ts';
import { openEmbedded, type OnDisk } from './embedded.ts';
import { appRole, createScopes, type Scope } from './scope.ts';
import type { Tables } from './tables.ts';
import { isUnanswered } from './faults.ts';
import { parseValues, plannerSettings } from './session.ts';

/** The one way to the database, embedded or PostgreSQL. */
export interface Database {
  /** Owner's rights, no row-level security: for sign-in, sweeps and the run log, where no tenant is asking. */
  system: Kysely<Tables>;
  /** The system's rights for statements that may take long: migrations, upkeep. */
  patient: Kysely<Tables>;
  /** A tenant's rights: rows of this workspace only. Never use it inside an open transaction: pass that down. */
  tenant(workspaceId: string): Kysely<Tables>;
  /** A named statement, planned once per connection, for hot paths. Rows come back untranslated. */
  prepared<Row extends object>(name: string, text: string): (scope: Scope, values: unknown[]) => Promise<Row[]>;
  /** A statement of a library that brings its own SQL, with the owner's rights. */
  raw(text: string, values: unknown[]): Promise<object[]>;
  /** Statements sent since the start, with those that begin, commit and set the tenant. */
  statementCount(): number;
  embedded: boolean;
  /** Where the embedded database lies; null on PostgreSQL and in memory. */
  disk: OnDisk | null;
  close(): Promise<void>;
}

/** Milliseconds a statement may take. A connection whose other end is gone without a word is given up after them. */
const answerMs = 10_000;

const watchClients = (pools: readonly pg.Pool[]): (() => number) => {
  let count = 0;
  const watch = (client: pg.PoolClient): void => {
    // A connection that breaks fails its statement; without a listener it would end the process as well.
    client.on('error', () => {});
    const query = client.query.bind(client) as (...parameters: unknown[]) => unknown;
    client.query = ((...parameters: unknown[]) => {
      count += 1;
      const reply = query(...parameters) as Promise<unknown>;
      // The connection still owes the reply: another statement on it would wait behind that.
      reply.catch((error: unknown) => {
        if (isUnanswered(error)) (client as unknown as pg.Client).connection.stream.destroy();
      });
      return reply;
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
  options: { embedded: boolean; disk?: OnDisk; close: () => Promise<void> },
): Database => {
  const statementCount = watchClients([...new Set([pools.system, pools.tenants])]);
  const scopes = createScopes((scope) => (scope === null ? pools.system : pools.tenants));
  const query = async (scope: Scope, statement: { name?: string; text: string; values: unknown[] }) => {
    const { client, scoped } = await scopes.checkOut(scope);
    try {
      const [result] = await Promise.all([client.query(statement), scoped]);
      client.release();
      return result;
    } catch (error) {
      const isClean = statement.name !== undefined || (await isRolledBack(client));
      client.release(isBroken(error) || !isClean);
      throw error;
    }
  };
  return {
    system: scopes.system,
    patient: scopes.patient,
    tenant: scopes.tenant,
    prepared: (name, text) => async (scope, values) => (await query(scope, { name, text, values })).rows,
    raw: async (text, values) => {
      const result: unknown = await query(null, { text, values });
      const last = Array.isArray(result) ? result.at(-1) : result;
      return (last as { rows: object[] }).rows;
    },
    statementCount,
    embedded: options.embedded,
    disk: options.disk ?? null,
    close: options.close,
  };
};

const isBroken = (error: unknown): boolean => !(error instanceof pg.DatabaseError) || error.severity === 'FATAL';

/** Ends the transaction that a text of several statements may have begun and left open when it failed. */
const isRolledBack = (client: pg.PoolClient): Promise<boolean> =>
  client.query('rollback').then(
    () => true,
    () => false,
  );

/** Opens PostgreSQL when a URL is given, else the embedded database in `dataDir`. `describe` names this process to others. */
export const openDatabase = async (options: {
  url: Secret | null;
  poolSize: number;
  dataDir: string;
  describe: string;
}): Promise<Database> => {
  if (!options.url) {
    const { pool, disk, close } = await openEmbedded(options.dataDir, options.describe);
    return databaseOver({ system: pool, tenants: pool }, { embedded: true, disk, close });
  }
  const connectionString = options.url.reveal();
  // Two pools, so that the run log and the tenants do not take connections out of each other's scope. A statement is sent
  // right behind the one that sets its tenant; should that one fail, the role still lets it see no more than a tenant's rows.
  const open = (max: number, settings: readonly string[]): pg.Pool =>
    new pg.Pool({
      connectionString,
      max,
      connectionTimeoutMillis: 5_000,
      query_timeout: answerMs,
      keepAlive: true,
      types: parseValues,
      application_name: 'parley',
      pipeline: true,
      options: [...plannerSettings, ...settings].map((setting) => `-c ${setting}`).join(' '),
    });
  const system = open(Math.ceil(options.poolSize / 3), []);
  const tenants = open(Math.max(1, options.poolSize - Math.ceil(options.poolSize / 3)), [`role=${appRole}`]);
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
