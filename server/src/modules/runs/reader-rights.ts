import type { RunReader } from './run-reader.ts';

/** Who reads, and by which rights. */
export interface Reading {
  userId: string;
  sessionId: string;
  workspaceId: string;
  conversationId: string;
  runId: string;
}

/** Whose rights may have changed. */
export interface Change {
  userId?: string;
  workspaceId?: string;
  conversationId?: string;
}

interface Reads {
  reader: RunReader;
  reading: Reading;
}

/** Longer than it takes from the check of rights to the feed. */
const attachingMs = 10_000;

const concerns = (change: Change, reading: Reading): boolean =>
  reading.userId === change.userId ||
  reading.workspaceId === change.workspaceId ||
  reading.conversationId === change.conversationId;

/** Keeps those from reading on who no longer may. */
export const createReaderRights = (options: {
  /** For each of the readers: whether it is still signed in and a member; asks the database. */
  mayRead(readers: readonly Reading[]): Promise<boolean[]>;
}) => {
  let changes: { at: number; change: Change }[] = [];

  /** Closes those who may not read any more; nobody while the database is away. */
  const judge = async (readers: readonly Reads[]): Promise<void> => {
    if (readers.length === 0) return;
    const rights = await options.mayRead(readers.map(({ reading }) => reading)).catch(() => []);
    readers.forEach(({ reader }, index) => {
      if (rights[index] === false) reader.close();
    });
  };

  return {
    judge,
    /** Closes all whom a change concerns: attaching again checks. */
    changed(change: Change, readers: Iterable<Reads>): void {
      const now = performance.now();
      changes = [...changes.filter((one) => now - one.at < attachingMs), { at: now, change }];
      for (const { reader, reading } of readers) if (concerns(change, reading)) reader.close();
    },
    /** Somebody came who may have been let in by rights that a change has ended while it was on its way here. */
    arrived(newcomer: Reads): void {
      if (changes.some(({ change }) => concerns(change, newcomer.reading))) void judge([newcomer]);
    },
  };
};

export type ReaderRights = ReturnType<typeof createReaderRights>;
