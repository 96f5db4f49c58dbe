import { describe, expect, it, vi } from 'vitest';
import { createTabLocks } from '../../tab-locks.ts';
import { createLockManager, memoryStorage } from '../../testing/memory-storage.ts';
import { createTextStore } from '../../text-store.ts';
import { createDrafts } from './drafts.ts';
import { createNewChatPlace } from './new-chat-place.ts';
import { createOutbox, type UnsentTurn } from './outbox.ts';

const createBrowser = () => {
  const texts = createTextStore(memoryStorage());
  const drafts = createDrafts(texts, 'draft.');
  const outbox = createOutbox(texts, 'unsent.');
  let keys = 0;
  const locks = createLockManager();
  const open = (session = memoryStorage(), held = locks) => {
    const place = createNewChatPlace(session, createTabLocks(held, null), () => `t${(keys += 1)}`);
    return { place, session, adopt: () => place.adopt(drafts, outbox) };
  };
  return { drafts, outbox, open };
};

const unsent = (key: string, place: string, state: UnsentTurn['state']): Omit<UnsentTurn, 'order'> => ({
  key,
  place,
  text: key,
  botId: 'b1',
  conversationId: null,
  parentId: null,
  afterRunId: null,
  state,
  isAttempted: false,
  sentAs: null,
  startedFrom: null,
  error: null,
});

describe('createNewChatPlace', () => {
  it('is another one in every tab, and the same one after a reload', async () => {
    const browser = createBrowser();
    const one = browser.open();
    const two = browser.open();
    expect(one.place.get()).not.toBe(two.place.get());
    await one.adopt();
    expect(browser.open(one.session, createLockManager()).place.get()).toBe(one.place.get());
  });

  it('is a new one in a duplicated tab', async () => {
    const browser = createBrowser();
    const one = browser.open();
    await one.adopt();
    browser.drafts.write(one.place.get(), 'of the original');
    const copy = browser.open(one.session);
    const changed = vi.fn();
    copy.place.subscribe(changed);
    await copy.adopt();
    expect(changed).toHaveBeenCalled();
    expect(copy.place.get()).not.toBe(one.place.get());
    expect(browser.drafts.read(one.place.get())).toBe('of the original');
    expect(browser.drafts.read(copy.place.get())).toBe('');
  });

  it('takes over what a tab that is gone has left, one chat at a time', async () => {
    const { drafts, outbox, open } = createBrowser();
    drafts.write('new.gone', 'half a thought');
    outbox.add(unsent('u1', 'new.gone', 'failed'));
    drafts.write('new.gone2', 'another');
    outbox.add(unsent('u2', 'new.gone3', 'sending'));
    drafts.write('c1', 'of a conversation');
    const one = open();
    await one.adopt();
    await one.adopt();
    const two = open();
    await two.adopt();
    const taken = [one, two].map(({ place }) => drafts.read(place.get()));
    expect(taken.sort()).toEqual(['another', 'half a thought']);
    expect(outbox.all().map(({ key, place }) => [key, place])).toEqual([
      ['u1', [one, two].find(({ place }) => drafts.read(place.get()) === 'half a thought')?.place.get()],
      ['u2', 'new.gone3'],
    ]);
    expect(drafts.places()).not.toContain('new.gone');
    expect(drafts.read('c1')).toBe('of a conversation');
  });

  it('makes a draft of what was written to a conversation that is gone', async () => {
    const { drafts, outbox, open } = createBrowser();
    const gone = { ...unsent('u1', 'c1', 'failed'), conversationId: 'c1', text: 'Too late' };
    outbox.add({ ...gone, error: { code: 'not_found', message: '' } });
    outbox.add({ ...gone, key: 'u2', error: { code: 'forbidden', message: '' } });
    const { place, adopt } = open();
    await adopt();
    expect(drafts.read(place.get())).toBe('Too late');
    expect(outbox.all().map(({ key }) => key)).toEqual(['u2']);
  });

  it('leaves alone what is being written here or elsewhere', async () => {
    const { drafts, outbox, open } = createBrowser();
    const one = open();
    await one.adopt();
    drafts.write(one.place.get(), 'mine');
    const two = open();
    await two.adopt();
    expect(drafts.read(two.place.get())).toBe('');
    drafts.write('new.gone', 'left');
    await one.adopt();
    expect(drafts.read(one.place.get())).toBe('mine');
    expect(outbox.all()).toEqual([]);
  });
});
