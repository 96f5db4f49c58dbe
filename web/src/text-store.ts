/** The part of Storage that is used; every use of it may throw when storage is blocked or full. */
export type TextStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

/** Texts that outlive the page, the same in every tab of the browser; in memory where storage is blocked or full. */
export interface TextStore {
  get: (key: string) => string | null;
  /** Null removes. */
  set: (key: string, text: string | null) => void;
  keys: (prefix: string) => string[];
  /** Told the key of what changed, in this tab or in another; null when it may be any. */
  watch: (listener: (key: string | null) => void) => () => void;
}

const readOr = <T>(fallback: T, read: () => T): T => {
  try {
    return read();
  } catch {
    return fallback;
  }
};

/** Storage can be forbidden as a whole: then even naming it throws. */
export const storageOrNull = (pick: () => Storage): Storage | null => readOr(null, pick);

/** `otherTabs` is where the browser says what other tabs have changed. */
export const createTextStore = (
  storage: TextStorage | null,
  otherTabs: Pick<EventTarget, 'addEventListener'> = window,
): TextStore => {
  const unstored = new Map<string, string>();
  const listeners = new Set<(key: string | null) => void>();
  const tell = (key: string | null): void => {
    for (const listener of listeners) listener(key);
  };
  otherTabs.addEventListener('storage', (event) => tell((event as StorageEvent).key));

  return {
    get: (key) => unstored.get(key) ?? readOr(null, () => storage?.getItem(key) ?? null),
    set(key, text) {
      unstored.delete(key);
      try {
        if (text === null) storage?.removeItem(key);
        else if (storage === null) unstored.set(key, text);
        else storage.setItem(key, text);
      } catch {
        if (text !== null) unstored.set(key, text);
      }
      tell(key);
    },
    keys(prefix) {
      const stored = readOr<(string | null)[]>([], () =>
        Array.from({ length: storage?.length ?? 0 }, (_none, index) => storage?.key(index) ?? null),
      );
      const all = new Set([...stored, ...unstored.keys()]);
      return [...all].filter((key) => key?.startsWith(prefix)) as string[];
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};

/** What this browser keeps for whoever uses it. */
export const browserTexts: TextStore = createTextStore(storageOrNull(() => window.localStorage));
