import type { TextStore } from './text-store.ts';

const ofUser = (userId: string): string => `parley.text.${userId}.`;

/** Where a user's drafts in a workspace are kept; the key of the chat follows. */
export const draftPrefix = (userId: string, workspaceId: string): string => `${ofUser(userId)}${workspaceId}.draft.`;

/** Where a user's unsent messages in a workspace are kept; the idempotency key follows. */
export const unsentPrefix = (userId: string, workspaceId: string): string => `${ofUser(userId)}${workspaceId}.unsent.`;

/** What a user has written in this browser, in any workspace, that no server has. */
export const countKeptTexts = (texts: TextStore, userId: string): { drafts: number; messages: number } => {
  const keys = texts.keys(ofUser(userId));
  const isUnsent = (key: string): boolean =>
    key.includes('.unsent.') && texts.get(key)?.includes('"state":"sent"') === false;
  return { drafts: keys.filter((key) => key.includes('.draft.')).length, messages: keys.filter(isUnsent).length };
};

/** Leaves nothing of a user's writing behind for the next one at this browser. */
export const forgetKeptTexts = (texts: TextStore, userId: string): void => {
  for (const key of texts.keys(ofUser(userId))) texts.set(key, null);
};
