import type { TextStorage } from './drafts.ts';

export interface UnsentError {
  code: string;
  message: string;
}

/** A question that the server has not confirmed yet. */
export interface UnsentTurn {
  /** The idempotency key: every attempt of this turn carries it. */
  key: string;
  /** The conversation it belongs to, or the key of a chat that does not exist yet. */
  place: string;
  text: string;
  /** The bot to start a conversation with, for a chat that does not exist yet. */
  botId: string | null;
  /** Known once the conversation exists. */
  conversationId: string | null;
  /** Where it continues; fixed by the first attempt, so that every attempt says the same. */
  parentId: string | null | undefined;
  /** The run that must end first. */
  afterRunId: string | null;
  state: 'queued' | 'sending' | 'failed';
  /** The message it became, in the moment before it leaves the outbox. */
  sentAs: string | null;
  error: UnsentError | null;
}

export interface Outbox {
  list: (place: string) => readonly UnsentTurn[];
  /** Those of every place, the oldest first. */
  all: () => readonly UnsentTurn[];
  add: (turn: UnsentTurn) => void;
  update: (key: string, change: Partial<UnsentTurn>) => void;
  remove: (key: string) => void;
  subscribe: (listener: () => void) => () => void;
}

const storageKey = (scope: string): string => `parley.outbox.${scope}`;
const none: readonly UnsentTurn[] = [];

const restore = (storage: TextStorage | null, scope: string): UnsentTurn[] => {
  try {
    const stored: unknown = JSON.parse(storage?.getItem(storageKey(scope)) ?? '[]');
    if (!Array.isArray(stored)) return [];
    // An attempt that a reload cut off is made again: with the same key it cannot act twice.
    return (stored as UnsentTurn[]).map((turn) => (turn.state === 'sending' ? { ...turn, state: 'queued' } : turn));
  } catch {
    return [];
  }
};

/** Keeps unsent turns through a reload of this tab. `scope` separates users and workspaces. */
export const createOutbox = (storage: TextStorage | null, scope: string): Outbox => {
  let turns = restore(storage, scope);
  let byPlace = new Map<string, readonly UnsentTurn[]>();
  const listeners = new Set<() => void>();

  const change = (next: UnsentTurn[]): void => {
    turns = next;
    byPlace = new Map();
    try {
      if (turns.length === 0) storage?.removeItem(storageKey(scope));
      else storage?.setItem(storageKey(scope), JSON.stringify(turns));
    } catch {
      // Without storage it still works, only not through a reload.
    }
    for (const listener of listeners) listener();
  };

  return {
    list(place) {
      const known = byPlace.get(place);
      if (known !== undefined) return known;
      const found = turns.filter((turn) => turn.place === place);
      const list = found.length === 0 ? none : found;
      byPlace.set(place, list);
      return list;
    },
    all: () => turns,
    add: (turn) => change([...turns, turn]),
    update: (key, patch) => change(turns.map((turn) => (turn.key === key ? { ...turn, ...patch } : turn))),
    remove: (key) => change(turns.filter((turn) => turn.key !== key)),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};
