import { describe, expect, it } from 'vitest';
import { createDrafts, storageOrNull } from './drafts.ts';
import { memoryStorage } from './testing/memory-storage.ts';

describe('drafts', () => {
  it('survive a reload and go away when emptied', () => {
    const storage = memoryStorage();
    createDrafts(storage).write('c1', 'half a thought');
    expect(createDrafts(storage).read('c1')).toBe('half a thought');
    expect(createDrafts(storage).read('c2')).toBe('');
    createDrafts(storage).write('c1', '');
    expect(storage.length).toBe(0);
  });

  it('live in memory when storage refuses', () => {
    const refusing = {
      getItem: () => {
        throw new Error('blocked');
      },
      setItem: () => {
        throw new Error('full');
      },
      removeItem: () => {
        throw new Error('blocked');
      },
    };
    for (const drafts of [createDrafts(refusing), createDrafts(null)]) {
      drafts.write('c1', 'kept');
      expect(drafts.read('c1')).toBe('kept');
      drafts.write('c1', '');
      expect(drafts.read('c1')).toBe('');
    }
  });

  it('takes forbidden storage for none', () => {
    expect(
      storageOrNull(() => {
        throw new Error('SecurityError');
      }),
    ).toBeNull();
  });
});
