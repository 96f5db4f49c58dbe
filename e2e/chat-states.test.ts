import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { signUp, type Account } from './account.ts';
import { ask, atRest, composer, lastAnswer, patience, shows, stopButton, unsent } from './chat-screen.ts';
import { install, type Installation } from './installation.ts';
import { look } from './look.ts';

let home: Installation;
let ada: Account;
let page: Page;
const bots: Record<string, string> = {};

const held = 'words-60-hold-after-30';
const overloaded = 'words-20-status-529-times-1-retry-20';
const broken = 'words-20-cut-after-8';
const down = 'words-20-status-503';

beforeAll(async () => {
  home = await install();
  ada = await signUp(home, 'Ada');
  ({ page } = ada);
  const connect = (name: string) =>
    ada.client.providers.create({ kind: 'openai-compatible', name, baseUrl: `${home.fake.url}/v1` });
  const { id: providerId } = await connect('Fake');
  const other = await connect('Other');
  for (const name of [held, overloaded, broken, down]) {
    const fallbacks = name === down ? [{ providerId: other.id, name: 'words-20' }] : [];
    const bot = await ada.client.bots.create({ name, type: 'writer', model: { providerId, name }, fallbacks });
    bots[name] = bot.id;
  }
});

beforeEach(() => home.fake.reset());

afterEach(() => ada.page.unrouteAll());

afterAll(async () => {
  await home?.[Symbol.asyncDispose]();
});

const newChat = async (model: string): Promise<void> => {
  const { workspaces } = await ada.client.me.get();
  await page.goto(`/w/${workspaces[0]!.id}/chat?bot=${bots[model]}`);
  await page.getByRole('heading', { name: model }).waitFor();
};

test('messages that wait, and that could not be sent', async () => {
  await newChat(held);
  await ask(page, 'First of all.');
  await shows(page, 'w30');
  await ask(page, 'And then this, which waits for the answer above.');
  await composer(page).fill('Half a thought');
  await unsent(page).filter({ hasText: 'Waits for the answer' }).waitFor();
  await look(ada, 'unsent-queued');
  await composer(page).fill('');

  await page.route(/messages$/, (route) => (route.request().method() === 'POST' ? route.abort() : route.fallback()));
  home.fake.release();
  await unsent(page).filter({ hasText: 'Not sent yet.' }).waitFor({ timeout: patience.timeout });
  await ask(page, 'A third one.');
  await unsent(page).filter({ hasText: 'Waits for the message above' }).waitFor();
  await look(ada, 'unsent-waiting');

  const signOut = async (): Promise<void> => {
    await page.getByRole('button', { name: /^Account/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('alertdialog').getByText('2 messages not sent').waitFor();
  };
  await signOut();
  await look(ada, 'sign-out-unsent', {
    arrive: async () => {
      await page.getByRole('button', { name: 'Open sidebar' }).click();
      await signOut();
    },
  });

  await page.reload();
  await page.unrouteAll();
  await page.route(/messages$/, (route) =>
    route.request().method() === 'POST'
      ? route.fulfill({
          status: 403,
          contentType: 'application/problem+json',
          body: JSON.stringify({ code: 'forbidden', detail: 'No.', title: 'No', status: 403 }),
        })
      : route.fallback(),
  );
  await page.evaluate('window.dispatchEvent(new Event("online"))');
  await unsent(page).getByRole('alert').waitFor({ timeout: patience.timeout });
  await look(ada, 'unsent-refused');
  await page.unrouteAll();
  for (let left = 2; left > 0; left -= 1) {
    await unsent(page).last().getByRole('button', { name: 'Discard message' }).click();
    await expect.poll(() => unsent(page).count(), patience).toBe(left - 1);
  }
});

test('an answer that broke off, was stopped, or was interrupted', async () => {
  await newChat(broken);
  await ask(page, 'Break.');
  await shows(page, 'The answer broke off');
  await atRest(page);
  await look(ada, 'answer-broke-off');
  await newChat(held);
  await ask(page, 'Stop.');
  await shows(page, 'w30');
  await stopButton(page).click();
  await shows(page, 'You stopped this answer.');
  await look(ada, 'answer-stopped');
});

test('a model that is asked again, and the receipt of one that was replaced', async () => {
  await newChat(overloaded);
  await ask(page, 'Are you busy?');
  await shows(page, 'The model is overloaded.');
  await look(ada, 'answer-retry');
  await newChat(down);
  await ask(page, 'Who answers?');
  await shows(page, 'w20');
  await atRest(page);
  await lastAnswer(page)
    .getByRole('button', { name: /Details of this answer/ })
    .click();
  await page.getByRole('dialog', { name: 'Details of this answer' }).waitFor();
  await look(ada, 'receipt');
});
