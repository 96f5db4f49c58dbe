import type { Message } from '@parley/sdk';

export interface BranchEntry {
  message: Message;
  /** Ids of all messages with the same parent and role, oldest first, this one included. */
  siblings: readonly string[];
  position: number;
}

export interface Branch {
  entries: readonly BranchEntry[];
  leafId: string | null;
}

/** Chosen child per parent; the key of the first message's parent is `root`. */
export type Choices = ReadonlyMap<string, string>;

const rootKey = 'root';

export const choiceKey = (message: Message): string => message.parentId ?? rootKey;

const byAge = (left: Message, right: Message): number =>
  left.createdAt < right.createdAt ? -1 : left.createdAt > right.createdAt ? 1 : left.id < right.id ? -1 : 1;

const childrenByParent = (messages: readonly Message[]): Map<string, Message[]> => {
  const known = new Set(messages.map((message) => message.id));
  const children = new Map<string, Message[]>();
  for (const message of [...messages].sort(byAge)) {
    const key = message.parentId !== null && known.has(message.parentId) ? message.parentId : rootKey;
    const list = children.get(key);
    if (list === undefined) children.set(key, [message]);
    else list.push(message);
  }
  return children;
};

const ancestors = (messages: readonly Message[], headId: string | null): Set<string> => {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const path = new Set<string>();
  for (let id = headId; id !== null && !path.has(id);) {
    const message = byId.get(id);
    if (message === undefined) break;
    path.add(id);
    id = message.parentId;
  }
  return path;
};

/** The visible path: what the reader chose, else the way to the head, else the newest child. */
export const visibleBranch = (messages: readonly Message[], headId: string | null, choices: Choices): Branch => {
  const children = childrenByParent(messages);
  const towardsHead = ancestors(messages, headId);
  const entries: BranchEntry[] = [];
  let candidates = children.get(rootKey);
  let parentKey = rootKey;
  while (candidates !== undefined && candidates.length > 0) {
    const chosenId = choices.get(parentKey);
    const message =
      candidates.find((candidate) => candidate.id === chosenId) ??
      candidates.find((candidate) => towardsHead.has(candidate.id)) ??
      candidates.at(-1);
    if (message === undefined) break;
    const siblings = candidates.filter((candidate) => candidate.role === message.role).map((candidate) => candidate.id);
    entries.push({ message, siblings, position: siblings.indexOf(message.id) });
    parentKey = message.id;
    candidates = children.get(message.id);
  }
  return { entries, leafId: entries.at(-1)?.message.id ?? null };
};
