import type { Broadcast } from './broadcast.ts';
import type { Clock } from './clock.ts';

/** Answers of the database kept for a moment. */
export interface RecentCache<V extends object> {
  /** What was loaded for this key a moment ago, else what `load` gives; null is not kept. */
  get(key: string, load: () => Promise<V | null>): Promise<V | null>;
  /** Drops what matches. */
  forget(matches: (value: V) => boolean): void;
}

interface Entry<V> {
  loading: Promise<V | null>;
  value: V | null;
  since: number;
}

/** How long an answer is believed while news of changes may be missing. */
const unsureMs = 1_000;

/**
 * Remembers answers of the database for some seconds; the oldest go first when there are more than `size`. Lives on news
 * of changes: when some may have been missed it forgets everything, and while they may be missing it remembers for a second.
 */
export const createRecentCache = <V extends object>(options: {
  clock: Clock;
  seconds: number;
  size: number;
  news: Pick<Broadcast, 'isWhole' | 'onGap'>;
}): RecentCache<V> => {
  const entries = new Map<string, Entry<V>>();

  const drop = (key: string, entry: Entry<V>): void => {
    if (entries.get(key) === entry) entries.delete(key);
  };

  const start = (key: string, load: () => Promise<V | null>): Entry<V> => {
    const entry: Entry<V> = { loading: load(), value: null, since: options.clock.now().getTime() };
    entries.delete(key);
    entries.set(key, entry);
    if (entries.size > options.size) entries.delete(entries.keys().next().value!);
    entry.loading.then(
      (value) => {
        entry.value = value;
        if (value === null) drop(key, entry);
      },
      () => drop(key, entry),
    );
    return entry;
  };

  options.news.onGap(() => entries.clear());
  const lifeMs = (): number => (options.news.isWhole() ? options.seconds * 1000 : unsureMs);

  return {
    get(key, load) {
      const known = entries.get(key);
      const age = known ? options.clock.now().getTime() - known.since : 0;
      // A clock that was set back says nothing about an age.
      if (known && age >= 0 && age < lifeMs()) return known.loading;
      return start(key, load).loading;
    },
    forget(matches) {
      for (const [key, entry] of entries) {
        // What is still being loaded may have been read before the change.
        if (entry.value === null || matches(entry.value)) entries.delete(key);
      }
    },
  };
};
