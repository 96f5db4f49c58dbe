import type { TextStore } from '../../text-store.ts';

/** What is being written, per chat: the same in every tab that shows it. */
export interface Drafts {
  read: (place: string) => string;
  write: (place: string, text: string) => void;
  /** The chats that have one. */
  places: () => string[];
  watch: (place: string, listener: () => void) => () => void;
}

export const createDrafts = (texts: TextStore, prefix: string): Drafts => ({
  read: (place) => texts.get(prefix + place) ?? '',
  write: (place, text) => texts.set(prefix + place, text === '' ? null : text),
  places: () => texts.keys(prefix).map((key) => key.slice(prefix.length)),
  watch: (place, listener) => texts.watch((key) => (key === null || key === prefix + place) && listener()),
});
