import type { Pool } from 'undici';
import type { Chat } from '../load/chat.ts';

/** CPU seconds that the database has used so far. */
export interface DatabaseUse {
  /** Of the backends that serve our server. */
  backends: number;
  /** Of the whole database server, also for writing its log and for other users. */
  whole: number;
}

/** Something that answers chats. */
export interface Target {
  name: string;
  pool: Pool;
  /** The process to measure, with its children; null for none. */
  rootPid: number | null;
  /** Makes the following chats be answered by this model. */
  use(model: string): Promise<void>;
  chat(): Chat;
  /** Statements sent to the database so far; null for none. */
  statements: (() => Promise<number>) | null;
  /** Null when there is no database server of its own, or its processes cannot be seen. */
  databaseUse: (() => Promise<DatabaseUse>) | null;
}
