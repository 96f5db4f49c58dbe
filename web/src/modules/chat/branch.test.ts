import type { Message } from '@parley/sdk';
import { describe, expect, it } from 'vitest';
import { visibleBranch } from './branch.ts';

const message = (id: string, parentId: string | null, role: 'user' | 'assistant', second: number): Message => ({
  id,
  conversationId: 'c',
  parentId,
  role,
  parts: [],
  run: null,
  createdAt: new Date(second * 1000).toISOString(),
});

const tree = [
  message('u1', null, 'user', 1),
  message('a1', 'u1', 'assistant', 2),
  message('a2', 'u1', 'assistant', 3),
  message('u2', 'a1', 'user', 4),
  message('a3', 'u2', 'assistant', 5),
];

const ids = (head: string | null, choices: [string, string][] = []): string[] =>
  visibleBranch(tree, head, new Map(choices)).entries.map((entry) => entry.message.id);

describe('visibleBranch', () => {
  it('follows the way to the head', () => {
    expect(ids('a3')).toEqual(['u1', 'a1', 'u2', 'a3']);
    expect(ids('a2')).toEqual(['u1', 'a2']);
  });

  it('takes the newest child when the head is unknown', () => {
    expect(ids(null)).toEqual(['u1', 'a2']);
    expect(ids('gone')).toEqual(['u1', 'a2']);
  });

  it('lets the reader choose a sibling and comes back to the newest below it', () => {
    expect(ids('a3', [['u1', 'a2']])).toEqual(['u1', 'a2']);
    expect(ids('a2', [['u1', 'a1']])).toEqual(['u1', 'a1', 'u2', 'a3']);
    expect(ids('a3', [['u1', 'nonsense']])).toEqual(['u1', 'a1', 'u2', 'a3']);
  });

  it('counts siblings in order of age', () => {
    const branch = visibleBranch([...tree].reverse(), 'a3', new Map());
    expect(branch.entries[1]).toMatchObject({ siblings: ['a1', 'a2'], position: 0 });
    expect(branch.leafId).toBe('a3');
  });

  it('treats several first messages as siblings, and survives an empty list and a missing parent', () => {
    const first = [message('x', null, 'user', 1), message('y', null, 'user', 2)];
    expect(visibleBranch(first, 'x', new Map()).entries[0]).toMatchObject({ siblings: ['x', 'y'], position: 0 });
    expect(visibleBranch(first, 'x', new Map([['root', 'y']])).leafId).toBe('y');
    expect(visibleBranch([], null, new Map())).toEqual({ entries: [], leafId: null });
    expect(visibleBranch([message('z', 'lost', 'assistant', 1)], 'z', new Map()).leafId).toBe('z');
  });
});
