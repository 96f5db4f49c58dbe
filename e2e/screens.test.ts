import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signUp, type Account } from './account.ts';
import { ask, atRest, composer, patience, shows } from './chat-screen.ts';
import { install, type Installation, type Visit } from './installation.ts';
import { look } from './look.ts';

let home: Installation;
let visitor: Visit;
let ada: Account;
const at = { personal: '', team: '', bot: '', conversation: '', failure: '', invitation: '' };

beforeAll(async () => {
  home = await install({ DEMO_WORDS_PER_SECOND: '1000' });
  visitor = await home.person();
});

afterAll(async () => {
  await home?.[Symbol.asyncDispose]();
});

test('sign-up of the owner', async () => {
  await visitor.page.goto('/');
  await visitor.page.getByRole('heading', { name: 'Create the owner account' }).waitFor();
  await look(visitor, 'sign-up-owner');
});

test('a lived-in installation', async () => {
  ada = await signUp(home, 'Ada');
  const { workspaces } = await ada.client.me.get();
  at.personal = `/w/${workspaces[0]!.id}`;
  const team = await ada.client.workspaces.create({ name: 'Harbour office' });
  at.team = `/w/${team.id}`;
  at.invitation = (await ada.client.workspaces.invite(team.id, { role: 'member' })).url;
  await ada.client.workspaces.invite(team.id, { role: 'viewer', email: 'a.rather.long.address@example.org' });
  const client = ada.client.inWorkspace(team.id);
  const provider = await client.providers.create({
    kind: 'openai-compatible',
    name: 'Local models',
    baseUrl: `${home.fake.url}/v1`,
    apiKey: 'sk-good-0123456789',
  });
  const create = (name: string, model?: string) =>
    client.bots.create({
      name,
      type: 'devops',
      visibility: 'workspace',
      description: 'Knows the harbour, its tides and its timetables, and says so in few words.',
      ...(model === undefined ? {} : { model: { providerId: provider.id, name: model } }),
    });
  at.bot = (await create('Pilot')).id;
  const broken = await create('Wreck', 'words-20-cut-after-8');
  const { id } = await client.conversations.create({ botId: broken.id });
  await client.conversations.send(id, { text: 'When does the ferry leave?' });
  at.failure = id;
});

const signedOut: [name: string, path: () => string, heading: string][] = [
  ['sign-in', () => '/sign-in', 'Sign in to Parley'],
  ['sign-up-closed', () => '/sign-up', 'You need an invitation'],
  ['sign-up-invited', () => at.invitation.replace('/invite', '/sign-up'), 'Join Harbour office'],
  ['forgot-password', () => '/forgot-password', 'Reset your password'],
  ['reset-password', () => '/reset-password#some-token', 'Choose a new password'],
  ['reset-password-dead', () => '/reset-password', 'This link does not work any more'],
  ['invite', () => at.invitation, 'Join Harbour office'],
  ['invite-dead', () => '/invite#unknown', 'This invitation is no longer valid'],
];

test.each(signedOut)('%s', async (name, path, heading) => {
  const arrive = async (): Promise<void> => {
    await visitor.page.goto('about:blank');
    await visitor.page.goto(path());
    await visitor.page.getByRole('heading', { name: heading }).waitFor();
  };
  await arrive();
  await look(visitor, name, { arrive });
});

test('sign-in with faults', async () => {
  const { page } = visitor;
  await page.goto('/sign-in');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Please fill this in.').first().waitFor();
  await look(visitor, 'sign-in-empty');
  await page.getByLabel('Email').fill('ada@example.org');
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.keyboard.press('Enter');
  await page.getByText('Email or password is wrong.').waitFor();
  await look(visitor, 'sign-in-wrong');
});

const signedIn: [name: string, path: () => string, ready: (page: Page) => Promise<unknown>][] = [
  ['new-chat', () => `${at.personal}/chat`, (page) => page.getByRole('heading', { name: 'Parley demo' }).waitFor()],
  ['bots-demo-only', () => `${at.personal}/bots`, (page) => page.getByRole('link', { name: /^Chat with/ }).waitFor()],
  ['bots', () => `${at.team}/bots`, (page) => page.getByRole('link', { name: 'Chat with Pilot' }).waitFor()],
  ['bot-types', () => `${at.team}/bots/new`, (page) => page.getByText('What is it for?').waitFor()],
  [
    'bot-edit',
    () => `${at.team}/bots/${at.bot}`,
    (page) => page.getByRole('textbox', { name: 'Instructions' }).waitFor(),
  ],
  ['settings-profile', () => `${at.personal}/settings/profile`, (page) => page.getByLabel('New password').waitFor()],
  ['settings-appearance', () => `${at.personal}/settings/appearance`, (page) => page.getByText('Teal').waitFor()],
  ['settings-language', () => `${at.personal}/settings/language`, (page) => page.getByText('Deutsch').waitFor()],
  ['settings-sessions', () => `${at.personal}/settings/sessions`, (page) => page.getByText('This browser').waitFor()],
  ['settings-models', () => `${at.team}/settings/models`, (page) => page.getByText('Local models').first().waitFor()],
  [
    'settings-members-personal',
    () => `${at.personal}/settings/members`,
    (page) => page.getByText('yours alone').waitFor(),
  ],
  ['settings-members', () => `${at.team}/settings/members`, (page) => page.getByText('a.rather.long').waitFor()],
  [
    'settings-workspace',
    () => `${at.team}/settings/workspace`,
    (page) => page.getByText('Delete workspace').first().waitFor(),
  ],
  ['not-found', () => `${at.personal}/nowhere`, (page) => page.getByText('Page not found').waitFor()],
  ['conversation-failed', () => `${at.team}/chat/${at.failure}`, (page) => shows(page, 'The answer broke off')],
];

test.each(signedIn)('%s', async (name, path, ready) => {
  const arrive = async (): Promise<void> => {
    await ada.page.goto(path());
    await ready(ada.page);
  };
  await arrive();
  await look(ada, name, { arrive });
});

test('a conversation with a rich answer', async () => {
  const { page } = ada;
  await page.goto(`${at.personal}/chat`);
  await ask(page, 'Show me code, a table and math, please.');
  await shows(page, /built-in demo model/);
  await atRest(page);
  await page.locator('.md-token').nth(3).waitFor();
  await expect.poll(() => page.locator('math').count(), patience).toBeGreaterThan(0);
  at.conversation = page.url();
  await look(ada, 'conversation');
  await page.getByRole('button', { name: /Start a new chat with another/ }).click();
  await page.getByRole('menu').waitFor();
  await look(ada, 'bot-menu');
});

test('dialogs and menus', async () => {
  const { page } = ada;
  await page.goto(`${at.team}/settings/models`);
  await page.getByRole('button', { name: 'Add provider' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Provider', { exact: true }).selectOption({ label: 'Other OpenAI-compatible service' });
  await dialog.getByLabel('Base address').fill(`${home.fake.url}/v1`);
  await dialog.getByRole('button', { name: 'Test' }).click();
  await dialog.getByText('It works').waitFor();
  await look(ada, 'add-provider');

  await page.goto(`${at.team}/settings/members`);
  await page.getByRole('button', { name: 'Invite', exact: true }).first().click();
  await dialog.getByRole('button', { name: 'Create link' }).click();
  await dialog.getByLabel('Invitation link').waitFor();
  await look(ada, 'invite-ready');

  await page.goto(`${at.team}/bots/new`);
  await page.getByRole('button', { name: /Code companion/ }).click();
  await page.getByLabel('Name', { exact: true }).fill('');
  await page.getByRole('button', { name: 'Create bot' }).click();
  await page.getByText('Please fill this in.').waitFor();
  await look(ada, 'bot-new');

  await page.goto(`${at.personal}/chat`);
  await composer(page).waitFor();
  await page.keyboard.press('Control+/');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await look(ada, 'keyboard-help');
});

test('the drawer on a narrow screen', async () => {
  const { page } = ada;
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(at.conversation);
  await atRest(page);
  await page.getByRole('button', { name: 'Open sidebar' }).click();
  await page.getByRole('dialog', { name: 'Sidebar' }).getByRole('navigation', { name: 'Conversations' }).waitFor();
  await look(ada, 'drawer', { only: 'narrow' });
});
