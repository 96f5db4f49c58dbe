import type { Conversation } from '@parley/sdk';

export interface ConversationGroup {
  /** `today`, `yesterday`, `week`, or a month as `2026-11`. */
  key: string;
  conversations: Conversation[];
}

const startOfDay = (date: Date): number => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

const groupKey = (updatedAt: string, now: Date): string => {
  const updated = new Date(updatedAt);
  // Rounding absorbs the hour that a change to or from summer time adds or takes.
  const days = Math.round((startOfDay(now) - startOfDay(updated)) / 86_400_000);
  if (days <= 0) return 'today';
  if (days === 1) return 'yesterday';
  if (days <= 7) return 'week';
  return `${updated.getFullYear()}-${String(updated.getMonth() + 1).padStart(2, '0')}`;
};

/** Newest first, in the reader's own time zone. */
export const groupConversations = (conversations: readonly Conversation[], now: Date): ConversationGroup[] => {
  const groups = new Map<string, Conversation[]>();
  const newestFirst = [...conversations].sort((left, right) => (left.updatedAt < right.updatedAt ? 1 : -1));
  for (const conversation of newestFirst) {
    const key = groupKey(conversation.updatedAt, now);
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [conversation]);
    else list.push(conversation);
  }
  return [...groups].map(([key, list]) => ({ key, conversations: list }));
};

/** The heading of a month group: the year only when it is not this one. */
export const monthLabel = (key: string, now: Date, locale: string): string => {
  const [year = 0, month = 1] = key.split('-').map(Number);
  return new Intl.DateTimeFormat(locale, {
    month: 'long',
    ...(year === now.getFullYear() ? {} : { year: 'numeric' }),
  }).format(new Date(year, month - 1, 1));
};
