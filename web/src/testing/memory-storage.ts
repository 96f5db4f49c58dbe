export const memoryStorage = (): Storage => {
  const entries = new Map<string, string>();
  return {
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    removeItem: (key) => void entries.delete(key),
    clear: () => entries.clear(),
    key: (index) => [...entries.keys()][index] ?? null,
    get length() {
      return entries.size;
    },
  };
};

/** The storage events of a browser: what one tab writes, the others are told. */
export const createTabs = (storage: Storage = memoryStorage()) => {
  const tabs: EventTarget[] = [];
  return {
    storage,
    /** A tab's own view of the storage, and where it hears of the others. */
    open: (): { storage: Storage; otherTabs: EventTarget } => {
      const own = new EventTarget();
      tabs.push(own);
      const tell = (key: string): void => {
        for (const tab of tabs) if (tab !== own) tab.dispatchEvent(Object.assign(new Event('storage'), { key }));
      };
      const written: Storage = {
        getItem: (key) => storage.getItem(key),
        key: (index) => storage.key(index),
        clear: () => storage.clear(),
        get length() {
          return storage.length;
        },
        setItem(key, value) {
          storage.setItem(key, value);
          tell(key);
        },
        removeItem(key) {
          storage.removeItem(key);
          tell(key);
        },
      };
      return { storage: written, otherTabs: own };
    },
  };
};

/** Locks as the browser gives them to the tabs of one origin. */
export const createLockManager = (): LockManager => {
  const held = new Map<string, (() => void)[]>();
  const request = async (
    name: string,
    options: LockOptions,
    callback: (lock: Lock | null) => unknown,
  ): Promise<unknown> => {
    const queue = held.get(name);
    if (queue !== undefined) {
      if (options.ifAvailable === true) return callback(null);
      await new Promise<void>((resolve) => queue.push(resolve));
    } else held.set(name, []);
    try {
      return await callback({ name, mode: 'exclusive' });
    } finally {
      const next = held.get(name)?.shift();
      if (next === undefined) held.delete(name);
      else next();
    }
  };
  return { request, query: () => Promise.resolve({ held: [], pending: [] }) } as unknown as LockManager;
};
