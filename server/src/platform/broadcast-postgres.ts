import { Socket } from 'node:net';
import pg from 'pg';
import type { LinkKind } from './broadcast-link.ts';
import type { Database } from './database/connect.ts';
import type { Secret } from './secret.ts';

const channel = 'parley';

// A notification is committed like everything else; nothing is lost if that one commit is, so it waits for no disk.
const notifyText = `select set_config('synchronous_commit', 'off', true), pg_notify('${channel}', $1)`;

/**
 * News by NOTIFY of PostgreSQL: one connection listens; what is told goes through the pool, so that whoever can change
 * anything can also tell it.
 */
export const createPostgresLink = (options: { url: Secret; database: Pick<Database, 'raw'> }): LinkKind => ({
  name: 'notify',
  async connect(on) {
    const socket = new Socket();
    const client = new pg.Client({
      connectionString: options.url.reveal(),
      application_name: 'parley news',
      connectionTimeoutMillis: 2_000,
      stream: () => socket,
    });
    client.on('error', on.lost);
    client.on('end', () => on.lost(new Error('the connection ended')));
    client.on('notification', ({ payload }) => {
      if (payload) on.heard(payload);
    });
    // A polite end would wait for an answer, and a silent network brings none.
    const close = async (): Promise<void> => void socket.destroy();
    try {
      await client.connect();
      await client.query(`listen ${channel}`);
    } catch (error) {
      await close();
      throw error;
    }
    return { check: () => client.query('select 1'), close };
  },
  publish: async (text) => void (await options.database.raw(notifyText, [text])),
});
