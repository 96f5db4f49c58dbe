import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addressOf, password, signIn, signInByScreen, signUp, type Account } from './account.ts';
import { ask, atRest, composer, conversations, patience, shows } from './chat-screen.ts';
import { install, type Installation, type Visit } from './installation.ts';

let home: Installation;
let ada: Account;

beforeAll(async () => {
  home = await install({ DEMO_WORDS_PER_SECOND: '1000' });
  ada = await signUp(home, 'Ada');
});

afterAll(async () => {
  await home?.[Symbol.asyncDispose]();
});

const settings = async (page: Page, name: string): Promise<void> => {
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name, exact: true }).click();
};

const teamOf = async (): Promise<string> =>
  (await ada.client.me.get()).workspaces.find(({ kind }) => kind === 'team')!.id;

let invitation: string;
let ben: Visit;

test('a team is made, and somebody joins it by a link that works once', async () => {
  const { page } = ada;
  await page.goto('/');
  await page.getByRole('button', { name: /Switch workspace/ }).click();
  await page.getByRole('menuitem', { name: 'Create workspace' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Harbour');
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByText('Who belongs to Harbour').waitFor();
  await page.getByRole('button', { name: 'Invite', exact: true }).first().click();
  await dialog.getByRole('button', { name: 'Create link' }).click();
  invitation = await dialog.getByRole('textbox', { name: 'Invitation link' }).inputValue();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await page.getByText('Anyone with the link').waitFor();

  ben = await home.person();
  await ben.page.goto(invitation);
  await ben.page.getByRole('heading', { name: 'Join Harbour' }).waitFor();
  await ben.page.getByText('Ada has invited you. Your role will be: Member.').waitFor();
  await ben.page.getByRole('link', { name: 'Create an account to join' }).click();
  await ben.page.getByLabel('Name').fill('Ben');
  await ben.page.getByLabel('Email').fill(addressOf('Ben'));
  await ben.page.getByLabel('Password', { exact: true }).fill(password);
  await ben.page.getByRole('button', { name: 'Create account' }).click();
  await ben.page.getByRole('button', { name: 'Switch workspace: Harbour' }).waitFor();

  const late = await home.person();
  await late.page.goto(invitation);
  await late.page.getByRole('heading', { name: 'This invitation is no longer valid' }).waitFor();
  expect(late.faults).toEqual([]);
  await late.context.close();
});

test('a member sees what is shared, and nothing else', async () => {
  const workspaceId = await teamOf();
  const client = ada.client.inWorkspace(workspaceId);
  const secret = await client.bots.create({ name: 'Secret', type: 'code', visibility: 'private' });
  const shared = await client.bots.create({ name: 'Shared', type: 'code', visibility: 'workspace' });
  const { id } = await client.conversations.create({ botId: shared.id });
  await client.conversations.send(id, { text: 'Only between us.' });

  const { page } = ben;
  await page.goto(`/w/${workspaceId}/bots`);
  await page.getByRole('link', { name: 'Chat with Shared' }).waitFor();
  expect(await page.getByText('Secret').count()).toBe(0);
  expect(await conversations(page).count()).toBe(0);
  await page.getByRole('link', { name: 'Chat with Shared' }).click();
  await ask(page, 'May I?');
  await shows(page, /built-in demo model/);
  await atRest(page);
  for (const path of [`bots/${secret.id}`, `chat/${id}`]) {
    await page.goto(`/w/${workspaceId}/${path}`);
    await page.getByRole('alert').filter({ hasText: 'This does not exist any more' }).waitFor();
  }
  const mine = (await ada.client.me.get()).workspaces[0]!.id;
  await page.goto(`/w/${mine}/bots`);
  await page.getByRole('heading', { name: 'Page not found' }).waitFor();
  await page.goto(`/w/${workspaceId}/bots/${shared.id}`);
  await page.getByText('You can look at this bot and talk to it.').waitFor();
  expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);
});

test('a viewer reads and creates nothing, and the removed lose access', async () => {
  const workspaceId = await teamOf();
  const { page } = ada;
  await page.goto(`/w/${workspaceId}/settings/members`);
  await page.getByLabel('Role of Ben').selectOption('viewer');
  await page.getByText('Saved').waitFor();

  await ben.page.goto(`/w/${workspaceId}/bots`);
  await ben.page.getByRole('link', { name: 'Chat with Shared' }).waitFor();
  expect(await ben.page.getByRole('link', { name: 'Create bot' }).count()).toBe(0);
  await ben.page.goto(`/w/${workspaceId}/bots/new`);
  await ben.page.getByText('You can talk to bots here, but not create them.').waitFor();
  await ben.page.goto(`/w/${workspaceId}/chat`);
  await ben.page.getByText('You can read here, but not write.').waitFor();
  expect(await composer(ben.page).isDisabled()).toBe(true);

  await page.getByRole('button', { name: 'Remove Ben' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  await ben.page.getByRole('link', { name: 'Bots', exact: true }).click();
  await ben.page.reload();
  await ben.page.getByRole('heading', { name: 'Page not found' }).waitFor();
  await ben.page.getByRole('link', { name: 'Go to your chats' }).click();
  await composer(ben.page).waitFor();
  expect(await ben.page.getByRole('button', { name: /Switch workspace/ }).innerText()).not.toContain('Harbour');
  expect(ada.faults).toEqual([]);
  expect(ben.faults).toEqual([]);
  await ben.context.close();
});

test('signing out everywhere ends the other browser', async () => {
  const other = await signIn(home, 'Ada');
  await other.page.goto('/');
  await composer(other.page).waitFor();
  await ada.page.goto('/');
  await settings(ada.page, 'Sessions');
  await ada.page.getByText('This browser').waitFor();
  await ada.page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await ada.page.getByRole('alertdialog').getByRole('button', { name: 'Sign out everywhere' }).click();
  await ada.page.getByRole('heading', { name: 'Sign in to Parley' }).waitFor();
  // The open page of the other browser notices by itself.
  await other.page.getByRole('heading', { name: 'Sign in to Parley' }).waitFor();
  // And lets them in again where they are.
  await signInByScreen(other.page, 'Ada');
  await composer(other.page).waitFor();
  expect(other.faults).toEqual([]);
  await other.context.close();
});

test('a changed password ends the other browsers, and the old one opens nothing', async () => {
  const other = await signIn(home, 'Ada');
  const { page } = ada;
  await page.goto('/sign-in');
  await signInByScreen(page, 'Ada');
  await composer(page).waitFor();
  await settings(page, 'Profile');
  await page.getByLabel('Current password').fill('not the password');
  await page.getByLabel('New password').fill('a second good password');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByLabel('Current password').and(page.locator('[aria-invalid=true]')).waitFor();
  await page.getByLabel('Current password').fill(password);
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('Password changed. Other devices are signed out.').waitFor();
  await page.reload();
  await page.getByLabel('Current password').waitFor();

  await other.page.goto('/');
  await signInByScreen(other.page, 'Ada');
  await other.page.getByText('Email or password is wrong.').waitFor();
  await signInByScreen(other.page, 'Ada', 'a second good password');
  await composer(other.page).waitFor();
  await other.context.close();
});

test('a forgotten password is reset by a letter whose link works once', async () => {
  const { page, context, faults } = await home.person();
  const before = home.letters().length;
  await page.goto('/sign-in');
  await page.getByRole('link', { name: 'Forgot password?' }).click();
  await page.getByLabel('Email').fill(addressOf('Ada'));
  await page.getByRole('button', { name: 'Send link' }).click();
  await page.getByRole('heading', { name: 'Check your mail' }).waitFor();
  await expect.poll(() => home.letters().length, patience).toBe(before + 1);
  const [link] =
    /http\S+\/reset-password#\S+/.exec(
      home
        .letters()
        .at(-1)!
        .replace(/=\r?\n/g, ''),
    ) ?? [];
  await page.goto(link!);
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', { name: 'Save password' }).click();
  await signInByScreen(page, 'Ada');
  await composer(page).waitFor();

  const again = await context.newPage();
  await again.goto(link!);
  await again.getByLabel('New password').fill('a third good password');
  await again.getByRole('button', { name: 'Save password' }).click();
  await again.getByRole('heading', { name: 'This link does not work any more' }).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});
