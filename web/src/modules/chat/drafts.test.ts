import { expect, it, vi } from 'vitest';
import { createTextStore } from '../../text-store.ts';
import { memoryStorage } from '../../testing/memory-storage.ts';
import { createDrafts } from './drafts.ts';

it('drafts survive a reload, each in its place, and go away when emptied', () => {
  const storage = memoryStorage();
  const open = () => createDrafts(createTextStore(storage), 'ada.');
  open().write('c1', 'half a thought');
  expect(open().read('c1')).toBe('half a thought');
  expect(open().read('c2')).toBe('');
  expect(open().places()).toEqual(['c1']);
  expect(createDrafts(createTextStore(storage), 'bob.').read('c1')).toBe('');
  open().write('c1', '');
  expect(storage.length).toBe(0);
});

it('tells who watches a place of its changes only', () => {
  const drafts = createDrafts(createTextStore(memoryStorage()), 'ada.');
  const seen = vi.fn();
  const forget = drafts.watch('c1', seen);
  drafts.write('c2', 'elsewhere');
  expect(seen).not.toHaveBeenCalled();
  drafts.write('c1', 'here');
  forget();
  drafts.write('c1', 'later');
  expect(seen).toHaveBeenCalledTimes(1);
});
