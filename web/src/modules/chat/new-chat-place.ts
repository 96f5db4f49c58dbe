import { useEffect, useSyncExternalStore } from 'react';
import type { TabLocks } from '../../tab-locks.ts';
import type { TextStorage } from '../../text-store.ts';
import type { Drafts } from './drafts.ts';
import type { Outbox } from './outbox.ts';

/** The place in outbox and drafts of the chat that does not exist yet: every tab has its own. */
export interface NewChatPlace {
  get: () => string;
  subscribe: (listener: () => void) => () => void;
  /** Brings here what a tab that is gone has left unfinished, and what was written to a conversation that is gone. */
  adopt: (drafts: Drafts, outbox: Outbox) => Promise<void>;
}

const tabKey = 'parley.tab';
const prefix = 'new.';
const leavingMs = 300;

const rememberedTab = (session: TextStorage | null): string | null => {
  try {
    return session?.getItem(tabKey) ?? null;
  } catch {
    return null;
  }
};

export const createNewChatPlace = (
  session: TextStorage | null,
  locks: TabLocks,
  newKey: () => string,
): NewChatPlace => {
  const listeners = new Set<() => void>();
  let tab = '';

  const become = (id: string): void => {
    tab = id;
    try {
      session?.setItem(tabKey, id);
    } catch {
      // A reload then makes it another tab, which adopts what this one has left.
    }
    for (const listener of listeners) listener();
  };
  /** A duplicated tab comes with the id of its original, which is still there; after a reload the old page soon is not. */
  const settle = async (): Promise<void> => {
    const isOurs = async (): Promise<boolean> => (await locks.take(`tab.${tab}`)) !== null;
    if (await isOurs()) return;
    await new Promise((resolve) => setTimeout(resolve, leavingMs));
    while (!(await isOurs())) become(newKey());
  };
  become(rememberedTab(session) ?? newKey());
  const settled = settle();

  return {
    get: () => prefix + tab,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async adopt(drafts, outbox) {
      await settled;
      const here = prefix + tab;
      const homeless = outbox.all().find(({ error }) => error?.code === 'not_found');
      if (homeless !== undefined && drafts.read(here) === '' && outbox.list(here).length === 0) {
        outbox.remove(homeless.key);
        drafts.write(here, homeless.text);
      }
      const left = new Set([...drafts.places(), ...outbox.all().map(({ place }) => place)]);
      for (const place of left) {
        if (place === here || !place.startsWith(prefix)) continue;
        if (drafts.read(here) !== '' || outbox.list(here).length > 0) return;
        const release = await locks.take(`tab.${place.slice(prefix.length)}`);
        if (release === null) continue;
        const unsent = outbox.list(place);
        // What is still going its way becomes a conversation without our help.
        if (unsent.every(({ state }) => state === 'failed')) {
          for (const { key } of unsent) outbox.update(key, { place: here });
          drafts.write(here, drafts.read(place));
          drafts.write(place, '');
        }
        release();
      }
    },
  };
};

/** This tab's place for a new chat; what others have left is brought there when the new chat is opened. */
export const useNewChatPlace = (
  { newChat, drafts, turns }: { newChat: NewChatPlace; drafts: Drafts; turns: { outbox: Outbox } },
  isOpen: boolean,
): string => {
  const current = useSyncExternalStore(newChat.subscribe, newChat.get);
  const { outbox } = turns;
  useEffect(() => {
    if (!isOpen) return undefined;
    const adopt = (): void => void newChat.adopt(drafts, outbox);
    adopt();
    // What was on its way when the chat was opened may turn out to go nowhere.
    return outbox.subscribe(adopt);
  }, [isOpen, current, newChat, drafts, outbox]);
  return current;
};
