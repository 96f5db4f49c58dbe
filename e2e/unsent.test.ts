import type { Page, Request, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { signIn, signInByScreen, signUp, type Account } from './account.ts';
import { answers, ask, atRest, composer, conversations, patience, questions, shows, unsent } from './chat-screen.ts';
import { install, type Installation } from './installation.ts';

let home: Installation;
let ada: Account;
let page: Page;
let newChat = '';
/** Idempotency keys of the messages that the browser has sent. */
const keys: string[] = [];

const sends = /\/v1\/conversations\/[^/]+\/messages$/;
const isSend = (request: Request): boolean =>
  request.method() === 'POST' && sends.test(new URL(request.url()).pathname);

beforeAll(async () => {
  home = await install();
  ada = await signUp(home, 'Ada');
  const provider = await ada.client.providers.create({
    kind: 'openai-compatible',
    name: 'Fake',
    baseUrl: `${home.fake.url}/v1`,
  });
  const model = { providerId: provider.id, name: 'words-20' };
  const bot = await ada.client.bots.create({ name: 'Twenty', type: 'writer', model });
  const { workspaces } = await ada.client.me.get();
  newChat = `/w/${workspaces[0]!.id}/chat?bot=${bot.id}`;
  ada.context.on('request', (request) => {
    if (isSend(request)) keys.push(request.headers()['idempotency-key'] ?? '');
  });
});

beforeEach(async () => {
  home.fake.reset();
  keys.length = 0;
  page = await ada.context.newPage();
});

afterEach(() => ada.context.unrouteAll());

afterAll(async () => {
  await home?.[Symbol.asyncDispose]();
});

const openNewChat = async (): Promise<void> => {
  await page.goto(newChat);
  await page.getByRole('heading', { name: 'Twenty' }).waitFor();
};

const startChat = async (text: string): Promise<void> => {
  await openNewChat();
  await ask(page, text);
  await shows(page, 'w20');
  await atRest(page);
};

/** Treats messages on their way to the server in every tab; the returned function lets them pass again. */
const onSends = async (treat: (route: Route) => Promise<void>): Promise<() => Promise<void>> => {
  const handle = (route: Route): Promise<void> => (isSend(route.request()) ? treat(route) : route.fallback());
  await ada.context.route(sends, handle);
  return () => ada.context.unroute(sends, handle);
};
const refuse = (route: Route): Promise<void> => route.abort();

const leave = async (...pages: Page[]): Promise<void> => {
  for (const one of pages) await one.close();
  expect(ada.faults).toEqual([]);
};

test('a tab that dies between the sending and its answer: the message is there once', async () => {
  await startChat('Before it.');
  let arrived = 0;
  const pass = await onSends(async (route) => {
    await route.fetch();
    arrived += 1;
  });
  await ask(page, 'Did you get this?');
  await unsent(page).filter({ hasText: 'Sending' }).waitFor();
  await expect.poll(() => arrived, patience).toBe(1);
  const address = page.url();
  await page.close();
  await pass();

  page = await ada.context.newPage();
  await page.goto(address);
  await expect.poll(() => answers(page).count(), patience).toBe(2);
  await atRest(page);
  await expect.poll(() => unsent(page).count(), patience).toBe(0);
  expect(await questions(page).filter({ hasText: 'Did you get this?' }).count()).toBe(1);
  expect(home.fake.calls).toHaveLength(2);
  expect(new Set(keys.slice(1)).size).toBe(1);
  expect(keys.length).toBeGreaterThan(2);
  await leave(page);
});

test('messages that the server cannot be given outlive reload and tab, and go out once, in their order', async () => {
  await startChat('First of all.');
  const pass = await onSends(refuse);
  const texts = ['One.', 'Two.', 'Three.'];
  for (const text of texts) await ask(page, text);
  await unsent(page).filter({ hasText: 'Not sent yet.' }).waitFor({ timeout: patience.timeout });
  await page.reload();
  await expect.poll(() => unsent(page).count(), patience).toBe(3);
  expect((await unsent(page).allInnerTexts()).map((text) => text.split('\n').find((line) => line !== 'You'))).toEqual(
    texts,
  );
  const address = page.url();
  await page.close();
  await pass();

  // Whichever page is opened: what waits goes out.
  page = await ada.context.newPage();
  const other = await ada.context.newPage();
  await Promise.all([page.goto(newChat), other.goto(newChat)]);
  await expect.poll(() => home.fake.calls.length, patience).toBe(4);
  await page.goto(address);
  await expect.poll(() => questions(page).count(), patience).toBe(4);
  await atRest(page);
  expect((await questions(page).allInnerTexts()).join(' ')).toMatch(/First of all\.[^]*One\.[^]*Two\.[^]*Three\./);
  expect(await unsent(page).count()).toBe(0);
  expect(home.fake.calls).toHaveLength(4);
  await leave(page, other);
});

test('two tabs with the same unsent message send it once', async () => {
  await startChat('Seen by two.');
  const second = await ada.context.newPage();
  await second.goto(page.url());
  await shows(second, 'w20');
  const pass = await onSends(refuse);
  await ask(page, 'Only once, please.');
  for (const one of [page, second])
    await unsent(one).filter({ hasText: 'Not sent yet.' }).waitFor({ timeout: patience.timeout });
  await pass();
  await Promise.all([page, second].map((one) => one.evaluate('window.dispatchEvent(new Event("online"))')));
  for (const one of [page, second]) {
    await expect.poll(() => answers(one).count(), patience).toBe(2);
    await atRest(one);
    await expect.poll(() => unsent(one).count(), patience).toBe(0);
    expect(await questions(one).filter({ hasText: 'Only once, please.' }).count()).toBe(1);
  }
  expect(home.fake.calls).toHaveLength(2);
  await leave(page, second);
});

test('what was not sent can be edited, discarded, and brought back', async () => {
  await startChat('To begin with.');
  const pass = await onSends(refuse);
  await ask(page, 'A mistkae.');
  await unsent(page).filter({ hasText: 'Not sent yet.' }).waitFor({ timeout: patience.timeout });
  await unsent(page).getByRole('button', { name: 'Edit message' }).click();
  await expect.poll(() => composer(page).inputValue(), patience).toBe('A mistkae.');
  expect(await unsent(page).count()).toBe(0);
  await ask(page, 'No mistake.');
  await unsent(page).filter({ hasText: 'Not sent yet.' }).waitFor({ timeout: patience.timeout });
  await unsent(page).getByRole('button', { name: 'Discard message' }).click();
  await page.getByText('Message discarded').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => composer(page).inputValue(), patience).toBe('No mistake.');
  await pass();
  await composer(page).press('Enter');
  await expect.poll(() => answers(page).count(), patience).toBe(2);
  expect((await questions(page).allInnerTexts()).join()).not.toContain('mistkae');
  await leave(page);
});

test('a message that had arrived after all is not edited but shown as sent', async () => {
  await startChat('To begin with.');
  const pass = await onSends(async (route) => {
    await route.fetch();
    await route.abort();
  });
  await ask(page, 'It went through.');
  await unsent(page).filter({ hasText: 'Not sent yet.' }).waitFor({ timeout: patience.timeout });
  await unsent(page).getByRole('button', { name: 'Edit message' }).click();
  await page.getByText('This message had already been sent.').waitFor();
  await expect.poll(() => answers(page).count(), patience).toBe(2);
  expect(await composer(page).inputValue()).toBe('');
  expect(await questions(page).filter({ hasText: 'It went through.' }).count()).toBe(1);
  await pass();
  await leave(page);
});

test('a new chat that could not begin is taken up by the next one', async () => {
  const pass = await onSends(refuse);
  await openNewChat();
  await ask(page, 'The very first words.');
  await unsent(page).filter({ hasText: 'Not sent yet.' }).waitFor({ timeout: patience.timeout });
  await page.close();
  page = await ada.context.newPage();
  await page.goto(newChat);
  await unsent(page).filter({ hasText: 'The very first words.' }).waitFor({ timeout: patience.timeout });
  await pass();
  await page.evaluate('window.dispatchEvent(new Event("online"))');
  await shows(page, 'w20');
  await expect.poll(() => page.url(), patience).toMatch(/chat\/[\w-]{36}$/);
  await conversations(page).filter({ hasText: 'The very first words.' }).waitFor();
  expect(home.fake.calls).toHaveLength(1);
  await leave(page);
});

test('signing out asks before it deletes what was not sent; a session that ended keeps it', async () => {
  const eve = await signUp(home, 'Eve', {
    invitation: new URL(
      (
        await ada.client.workspaces.invite((await ada.client.workspaces.create({ name: 'Team' })).id, {
          role: 'member',
        })
      ).url,
    ).hash.replace(/^#/, ''),
  });
  const kept = (): Promise<string[]> =>
    eve.page.evaluate('Object.keys(localStorage).filter((key) => key.startsWith("parley.text."))');
  await eve.page.goto('/');
  await composer(eve.page).fill('Not finished');
  const elsewhere = await signIn(home, 'Eve');
  await elsewhere.client.auth.signOutEverywhere();
  await eve.page.reload();
  await signInByScreen(eve.page, 'Eve');
  await expect.poll(() => composer(eve.page).inputValue(), patience).toBe('Not finished');

  const signOut = async (): Promise<void> => {
    await eve.page.getByRole('button', { name: /^Account/ }).click();
    await eve.page.getByRole('menuitem', { name: 'Sign out' }).click();
  };
  await signOut();
  const question = eve.page.getByRole('alertdialog');
  await question.getByText('1 draft.').waitFor();
  await question.getByRole('button', { name: 'Stay' }).click();
  expect(await composer(eve.page).inputValue()).toBe('Not finished');
  await signOut();
  await question.getByRole('button', { name: 'Sign out and delete' }).click();
  await eve.page.getByRole('heading', { name: 'Sign in to Parley' }).waitFor();
  expect(await kept()).toEqual([]);
  await signInByScreen(eve.page, 'Eve');
  await composer(eve.page).waitFor();
  await signOut();
  await eve.page.getByRole('heading', { name: 'Sign in to Parley' }).waitFor();
  expect(eve.faults).toEqual([]);
});
