import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { fakeText } from '../server/src/testing/fake-model.ts';
import { signUp, type Account } from './account.ts';
import {
  answers,
  ask,
  atRest,
  composer,
  conversations,
  lastAnswer,
  patience,
  questions,
  shows,
  stopButton,
  textOf,
  unsent,
} from './chat-screen.ts';
import { install, type Installation } from './installation.ts';

let home: Installation;
let ada: Account;
let page: Page;
const bots: Record<string, string> = {};

beforeAll(async () => {
  home = await install();
  ada = await signUp(home, 'Ada');
  const provider = await ada.client.providers.create({
    kind: 'openai-compatible',
    name: 'Fake',
    baseUrl: `${home.fake.url}/v1`,
  });
  for (const name of ['words-20', 'words-60-hold-after-30']) {
    const bot = await ada.client.bots.create({ name, type: 'writer', model: { providerId: provider.id, name } });
    bots[name] = bot.id;
  }
});

beforeEach(async () => {
  home.fake.reset();
  page = await ada.context.newPage();
});

afterAll(async () => {
  await home?.[Symbol.asyncDispose]();
});

const leave = async (...pages: Page[]): Promise<void> => {
  for (const one of pages) await one.close();
  expect(ada.faults).toEqual([]);
};

const newChat = async (model: string): Promise<void> => {
  const { workspaces } = await ada.client.me.get();
  await page.goto(`/w/${workspaces[0]!.id}/chat?bot=${bots[model]}`);
  await page.getByRole('heading', { name: model }).waitFor();
};

/** Asks a model that waits in the middle of its answer; resolves when the first half is on the screen. */
const askAndHold = async (text: string): Promise<void> => {
  await newChat('words-60-hold-after-30');
  await ask(page, text);
  await shows(page, fakeText(30));
};

/** Opens the barrier, also for a call that has yet to reach it. */
const releaseUntil = async (isDone: () => Promise<boolean>): Promise<void> => {
  await expect
    .poll(() => {
      home.fake.release();
      return isDone();
    }, patience)
    .toBe(true);
};

const hasEnded = (count: number) => async (): Promise<boolean> => {
  const ended = answers(page).locator('[aria-busy="false"]').filter({ hasText: 'w60' });
  return (await ended.count()) === count;
};

test('a reload in the middle of an answer shows what was there, and then the rest', async () => {
  await askAndHold('Count to sixty.');
  await page.reload();
  await shows(page, fakeText(30));
  expect(await lastAnswer(page).innerText()).not.toContain('w31');
  await stopButton(page).waitFor();
  home.fake.release();
  await atRest(page);
  expect(await textOf(lastAnswer(page))).toBe(fakeText(60));
  expect(home.fake.calls).toHaveLength(1);
  await conversations(page).filter({ hasText: 'Count to sixty.' }).waitFor();
  await leave(page);
});

test('a second tab follows the answer, and each shows what is sent in the other', async () => {
  await askAndHold('Count for two.');
  const second = await ada.context.newPage();
  await second.goto(page.url());
  await shows(second, fakeText(30));
  home.fake.release();
  await Promise.all([page, second].map(atRest));
  expect(await textOf(lastAnswer(second))).toBe(fakeText(60));

  await ask(second, 'And once more.');
  await page.getByText('And once more.').waitFor();
  await shows(page, fakeText(30));
  await stopButton(page).waitFor();
  await releaseUntil(hasEnded(2));
  await Promise.all([page, second].map(atRest));
  expect(await questions(second).count()).toBe(2);
  await leave(page, second);
});

test('what is sent during an answer waits for it and is answered after it', async () => {
  await askAndHold('First.');
  await ask(page, 'Second.');
  await ask(page, 'Third, never mind.');
  await expect.poll(() => unsent(page).filter({ hasText: 'Waits for the answer' }).count(), patience).toBe(2);
  await unsent(page).filter({ hasText: 'Third' }).getByRole('button', { name: 'Edit message' }).click();
  expect(await composer(page).inputValue()).toBe('Third, never mind.');
  await composer(page).fill('');
  expect(home.fake.calls).toHaveLength(1);

  await releaseUntil(hasEnded(2));
  expect(await unsent(page).count()).toBe(0);
  expect((await questions(page).allInnerTexts()).join()).toMatch(/First\.[^]*Second\./);
  const asked = home.fake.calls.map(({ body }) => (body as { messages: { role: string }[] }).messages);
  expect(asked.map((messages) => messages.map(({ role }) => role))).toEqual([
    ['system', 'user'],
    ['system', 'user', 'assistant', 'user'],
  ]);
  await leave(page);
});

test('Esc stops and keeps, Up recalls, Regenerate makes a version beside it', async () => {
  await askAndHold('Count until I say stop.');
  await page.keyboard.press('Escape');
  await shows(page, 'You stopped this answer.');
  await atRest(page);
  expect(await textOf(lastAnswer(page))).toBe(fakeText(30));
  await expect.poll(() => home.fake.calls[0]?.closedEarly, patience).toBe(true);

  await composer(page).press('ArrowUp');
  expect(await composer(page).inputValue()).toBe('Count until I say stop.');
  await composer(page).fill('');

  await lastAnswer(page).getByRole('button', { name: 'Regenerate' }).click();
  await releaseUntil(hasEnded(1));
  const versions = lastAnswer(page).getByRole('group', { name: 'Versions' });
  await versions.getByText('2/2').waitFor();
  await versions.getByRole('button', { name: 'Previous version' }).click();
  await versions.getByText('1/2').waitFor();
  expect(await textOf(lastAnswer(page))).toBe(fakeText(30));
  await versions.getByRole('button', { name: 'Next version' }).click();
  await shows(page, fakeText(60));
  expect(await questions(page).count()).toBe(1);
  await leave(page);
});

test('a draft is kept over a reload, in its own conversation', async () => {
  await newChat('words-20');
  await ask(page, 'A conversation with a draft.');
  await shows(page, 'w20');
  await composer(page).fill('Half a thou');
  await page.reload();
  await shows(page, 'w20');
  await expect.poll(() => composer(page).inputValue(), patience).toBe('Half a thou');
  await page.getByRole('link', { name: 'New chat' }).click();
  await expect.poll(() => composer(page).inputValue(), patience).toBe('');
  await page.goBack();
  await expect.poll(() => composer(page).inputValue(), patience).toBe('Half a thou');
  await leave(page);
});

test('the server is killed in the middle of an answer: what was seen stays, and Try again works', async () => {
  await askAndHold('Survive this.');
  await home.restart();
  await shows(page, 'The server restarted during this answer. What had arrived is kept.');
  await atRest(page);
  expect(await textOf(lastAnswer(page))).toBe(fakeText(30));
  await page.reload();
  await shows(page, 'What had arrived is kept.');
  expect(await textOf(lastAnswer(page))).toBe(fakeText(30));

  home.fake.reset();
  await lastAnswer(page).getByRole('button', { name: 'Try again' }).click();
  await releaseUntil(hasEnded(1));
  expect(await textOf(lastAnswer(page))).toBe(fakeText(60));
  expect(await questions(page).count()).toBe(1);
  await leave(page);
});

test('what is sent while offline says so, and is sent once', async () => {
  await newChat('words-20');
  await ask(page, 'While online.');
  await shows(page, 'w20');
  await atRest(page);
  await ada.context.setOffline(true);
  await page.getByText('You are offline').waitFor();
  await ask(page, 'While offline.');
  await unsent(page).filter({ hasText: 'Not sent yet.' }).waitFor({ timeout: patience.timeout });
  expect(home.fake.calls).toHaveLength(1);
  await ada.context.setOffline(false);
  await expect.poll(() => answers(page).count(), patience).toBe(2);
  await shows(page, 'w20');
  await atRest(page);
  expect(await unsent(page).count()).toBe(0);
  expect(await questions(page).filter({ hasText: 'While offline.' }).count()).toBe(1);
  expect(home.fake.calls).toHaveLength(2);
  await leave(page);
});

test('a conversation is renamed and deleted, by mouse and by keyboard', async () => {
  await newChat('words-20');
  await ask(page, 'A working title.');
  await shows(page, 'w20');
  await atRest(page);
  const listed = conversations(page).filter({ hasText: 'A working title.' });
  await listed.hover();
  await page.getByRole('button', { name: 'Actions for A working title.' }).click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  await page.getByRole('textbox', { name: 'New title' }).fill('The real title');
  await page.keyboard.press('Enter');
  const renamed = conversations(page).filter({ hasText: 'The real title' });
  await renamed.waitFor();
  await page.getByRole('heading', { name: 'The real title' }).waitFor();
  await page.reload();
  await renamed.focus();
  await page.keyboard.press('F2');
  await page.getByRole('textbox', { name: 'New title' }).fill('The last title');
  await page.keyboard.press('Enter');
  const last = conversations(page).filter({ hasText: 'The last title' });
  await last.focus();
  await page.keyboard.press('Delete');
  await page.getByRole('alertdialog').or(page.getByRole('dialog')).getByRole('button', { name: 'Delete' }).click();
  await last.waitFor({ state: 'detached' });
  await expect.poll(() => new URL(page.url()).pathname, patience).toMatch(/\/chat$/);
  expect(await page.getByText('The last title').count()).toBe(0);
  await leave(page);
});
