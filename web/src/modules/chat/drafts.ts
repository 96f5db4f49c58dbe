/** The part of Storage that is used; reading and writing may throw when storage is blocked or full. */
export type TextStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export interface Drafts {
  read: (key: string) => string;
  write: (key: string, text: string) => void;
}

const prefix = 'parley.draft.';

export const createDrafts = (storage: TextStorage | null): Drafts => {
  // What storage refuses is kept for as long as the page lives.
  const memory = new Map<string, string>();
  return {
    read(key) {
      try {
        return storage?.getItem(prefix + key) ?? memory.get(key) ?? '';
      } catch {
        return memory.get(key) ?? '';
      }
    },
    write(key, text) {
      if (text === '') memory.delete(key);
      else memory.set(key, text);
      try {
        if (text === '') storage?.removeItem(prefix + key);
        else storage?.setItem(prefix + key, text);
      } catch {
        // Kept in memory above.
      }
    },
  };
};

/** Storage can be forbidden as a whole: then even naming it throws. */
export const storageOrNull = (pick: () => Storage): Storage | null => {
  try {
    return pick();
  } catch {
    return null;
  }
};
