import type { TextStore } from '../../text-store.ts';

export interface UnsentError {
  code: string;
  message: string;
}

/** A question that the server has not confirmed yet. */
export interface UnsentTurn {
  /** The idempotency key: every attempt of this turn carries it. */
  key: string;
  /** Later ones have a higher number. */
  order: number;
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
  /** `sent`: confirmed, and shown until every tab has the message it became. */
  state: 'queued' | 'sending' | 'failed' | 'sent';
  /** Whether it was tried: the server may have it although no answer came back. */
  isAttempted: boolean;
  /** The message it became. */
  sentAs: string | null;
  /** The place it was sent from, when that was a new chat. */
  startedFrom: string | null;
  /** Why the last attempt failed; kept while it is tried again by itself. */
  error: UnsentError | null;
}

/** The unsent turns of one user in one workspace, the same in every tab, the oldest first. */
export interface Outbox {
  list: (place: string) => readonly UnsentTurn[];
  /** Those of every place. */
  all: () => readonly UnsentTurn[];
  /** Looks into storage, which may know more than the last event told. */
  refresh: () => void;
  add: (turn: Omit<UnsentTurn, 'order'>) => void;
  update: (key: string, change: Partial<UnsentTurn>) => void;
  remove: (key: string) => void;
  subscribe: (listener: () => void) => () => void;
}

const none: readonly UnsentTurn[] = [];

/** What an entry of another version of the app may lack. */
const blank = {
  order: 0,
  botId: null,
  conversationId: null,
  parentId: undefined,
  afterRunId: null,
  state: 'queued',
  isAttempted: true,
  sentAs: null,
  startedFrom: null,
  error: null,
} satisfies Partial<UnsentTurn>;

const parse = (text: string | null): UnsentTurn | null => {
  try {
    const turn = { ...blank, ...(JSON.parse(text ?? '') as Partial<UnsentTurn>) };
    const isWhole = [turn.key, turn.place, turn.text].every((field) => typeof field === 'string');
    return isWhole ? (turn as UnsentTurn) : null;
  } catch {
    return null;
  }
};

/** One entry per turn, so that tabs do not overwrite what others have added. */
export const createOutbox = (texts: TextStore, prefix: string): Outbox => {
  let known: readonly UnsentTurn[] | null = null;
  let byPlace = new Map<string, readonly UnsentTurn[]>();
  const listeners = new Set<() => void>();

  const forget = (): void => {
    known = null;
    byPlace = new Map();
  };
  const read = (): readonly UnsentTurn[] =>
    (known ??= texts
      .keys(prefix)
      .flatMap((key) => parse(texts.get(key)) ?? [])
      .sort((left, right) => left.order - right.order || (left.key < right.key ? -1 : 1)));
  const write = (turn: UnsentTurn): void => texts.set(prefix + turn.key, JSON.stringify(turn));

  texts.watch((key) => {
    if (key !== null && !key.startsWith(prefix)) return;
    forget();
    for (const listener of listeners) listener();
  });

  return {
    list(place) {
      const listed = byPlace.get(place);
      if (listed !== undefined) return listed;
      const found = read().filter((turn) => turn.place === place);
      const list = found.length === 0 ? none : found;
      byPlace.set(place, list);
      return list;
    },
    all: read,
    refresh: forget,
    add: (turn) => write({ ...turn, order: Math.max(Date.now(), (read().at(-1)?.order ?? 0) + 1) }),
    update(key, change) {
      const turn = parse(texts.get(prefix + key));
      if (turn !== null) write({ ...turn, ...change });
    },
    remove: (key) => texts.set(prefix + key, null),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};
