import { storageOrNull, type TextStorage } from './text-store.ts';

/** Gives a lock back. */
export type Release = () => void;

/** Locks that the tabs of one browser share; a tab that closes or crashes gives back what it holds. */
export interface TabLocks {
  /** The lock if nobody has it, else null. */
  take: (name: string) => Promise<Release | null>;
  /** Waits for the lock. */
  hold: (name: string) => Promise<Release>;
}

const request = (locks: LockManager, name: string, ifAvailable: boolean): Promise<Release | null> =>
  new Promise((resolve, reject) => {
    locks
      .request(name, { ifAvailable }, (lock) =>
        lock === null ? resolve(null) : new Promise<void>((release) => resolve(release)),
      )
      .catch(reject);
  });

const createWebLocks = (locks: LockManager): TabLocks => ({
  take: (name) => request(locks, `parley.${name}`, true),
  hold: (name) => request(locks, `parley.${name}`, false) as Promise<Release>,
});

const leaseMs = 60_000;
const settleMs = 30;
const askAgainMs = 500;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Claims in storage that lapse when they are not renewed: what is left where pages come over plain http. */
const createLeases = (storage: TextStorage): TabLocks => {
  const held = new Set<Release>();
  window.addEventListener('pagehide', () => held.forEach((release) => release()));
  let claims = 0;
  const self = Array.from(crypto.getRandomValues(new Uint8Array(8)), String).join('.');

  const take = async (name: string): Promise<Release | null> => {
    const key = `parley.lock.${name}`;
    const claim = `${self}-${(claims += 1)}`;
    const isOurs = (): boolean => storage.getItem(key)?.startsWith(`${claim} `) === true;
    const write = (): void => storage.setItem(key, `${claim} ${Date.now() + leaseMs}`);
    try {
      const until = Number(storage.getItem(key)?.split(' ')[1] ?? 0);
      if (until > Date.now()) return null;
      write();
      // Of two that claim it in the same moment the later one is seen by both.
      await pause(settleMs);
      if (!isOurs()) return null;
    } catch {
      // Without storage tabs cannot know of each other.
      return () => undefined;
    }
    const timer = setInterval(() => isOurs() && write(), leaseMs / 4);
    const release = (): void => {
      clearInterval(timer);
      held.delete(release);
      if (isOurs()) storage.removeItem(key);
    };
    held.add(release);
    return release;
  };

  return {
    take,
    async hold(name) {
      for (;;) {
        const release = await take(name);
        if (release !== null) return release;
        await pause(askAgainMs);
      }
    },
  };
};

/** Web Locks where the browser has them (https and localhost), else claims in storage. */
export const createTabLocks = (locks: LockManager | null | undefined, storage: TextStorage | null): TabLocks => {
  if (locks) return createWebLocks(locks);
  if (storage !== null) return createLeases(storage);
  const alone = (): Promise<Release> => Promise.resolve(() => undefined);
  return { take: alone, hold: alone };
};

/** The locks of this browser. */
export const browserLocks: TabLocks = createTabLocks(
  navigator.locks as LockManager | null | undefined,
  storageOrNull(() => window.localStorage),
);
