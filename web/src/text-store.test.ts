import { describe, expect, it, vi } from 'vitest';
import { createTabs, memoryStorage } from './testing/memory-storage.ts';
import { createTextStore, storageOrNull, type TextStorage } from './text-store.ts';

const refuse = () => {
  throw new Error('blocked');
};
const refusing: TextStorage = {
  getItem: refuse,
  setItem: refuse,
  removeItem: refuse,
  key: refuse,
  get length(): number {
    return refuse();
  },
};

describe('createTextStore', () => {
  it('keeps texts in memory when storage is blocked, missing or full', () => {
    const full = memoryStorage();
    full.setItem('a.1', 'old');
    full.setItem = refuse;
    for (const storage of [refusing, null, full]) {
      const texts = createTextStore(storage);
      texts.set('a.1', 'kept');
      expect([texts.get('a.1'), texts.get('a.2'), texts.keys('a.')]).toEqual(['kept', null, ['a.1']]);
      texts.set('a.1', null);
      expect([texts.get('a.1'), texts.keys('a.')]).toEqual([null, []]);
    }
  });

  it('shows every tab what any of them writes', () => {
    const tabs = createTabs();
    const [one, two] = [tabs.open(), tabs.open()].map((tab) => createTextStore(tab.storage, tab.otherTabs));
    const seen = vi.fn();
    const forget = two!.watch(seen);
    one!.set('a', 'text');
    expect(seen).toHaveBeenCalledExactlyOnceWith('a');
    expect(two!.get('a')).toBe('text');
    two!.set('b', 'own');
    expect(seen).toHaveBeenCalledTimes(2);
    forget();
    one!.set('a', null);
    expect(seen).toHaveBeenCalledTimes(2);
    expect(two!.keys('')).toEqual(['b']);
  });

  it('takes forbidden storage for none', () => {
    expect(storageOrNull(refuse)).toBeNull();
  });
});
