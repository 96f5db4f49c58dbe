import { afterAll, beforeAll, expect, test } from 'vitest';
import { signInByScreen } from './account.ts';
import { answers, ask, atRest, composer, lastAnswer, questions, shows, stopButton } from './chat-screen.ts';
import { install, type Installation } from './installation.ts';

let home: Installation;

beforeAll(async () => {
  home = await install();
});

afterAll(async () => {
  await home?.[Symbol.asyncDispose]();
});

test('the first minute: owner account, first answer, reload in the middle, a second tab', async () => {
  const { page, context, faults } = await home.person();
  await page.goto('/');
  await page.getByRole('heading', { name: 'Create the owner account' }).waitFor();
  await page.getByLabel('Name').fill('Ada');
  await page.getByLabel('Email').fill('ada@example.org');
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
  await page.keyboard.press('Enter');

  await page.getByRole('heading', { name: 'Parley demo' }).waitFor();
  await ask(page, 'Hello! Show me code, a table and math.');
  await stopButton(page).waitFor();
  await shows(page, /.{120}/s);

  await page.reload();
  await shows(page, /.{120}/s);
  await stopButton(page).waitFor();

  const second = await context.newPage();
  await second.goto(page.url());
  await shows(second, /.{200}/s);
  await Promise.all([page, second].map(atRest));
  const [here, there] = await Promise.all([page, second].map((tab) => lastAnswer(tab).innerText()));
  expect(there).toBe(here);
  expect(here).toContain('built-in demo model');
  expect(await lastAnswer(page).locator('table').count()).toBe(1);
  await expect.poll(() => lastAnswer(page).locator('math').count()).toBeGreaterThan(1);
  expect(faults).toEqual([]);
  await context.close();
});

test('any later sign-up needs an invitation', async () => {
  const { page, context } = await home.person();
  await page.goto('/sign-up');
  await page.getByRole('heading', { name: 'You need an invitation' }).waitFor();
  expect(await page.getByRole('textbox').count()).toBe(0);
  await context.close();
});

test('a real key: add a provider, make a bot on it, see a failure, repair it, retry', async () => {
  const { page, context, faults } = await home.person();
  await page.goto('/sign-in');
  await signInByScreen(page, 'Ada');
  await page.getByRole('link', { name: 'Add a real key' }).click();

  await page.getByRole('button', { name: 'Add provider' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Provider', { exact: true }).selectOption({ label: 'Other OpenAI-compatible service' });
  await dialog.getByLabel('Base address').fill(`${home.fake.url}/v1`);
  await dialog.getByLabel('API key').fill('sk-bad-0123456789');
  await dialog.getByLabel('Display name').fill('Word counter');
  await dialog.getByRole('button', { name: 'Test' }).click();
  await dialog.getByText(/refused/i).waitFor();
  await dialog.getByLabel('API key').fill('sk-good-0123456789');
  await dialog.getByRole('button', { name: 'Test' }).click();
  await dialog.getByText(/It works: 4 models found/).waitFor();
  await dialog.getByText('words-200-pace-20').waitFor();
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });

  await page.getByRole('link', { name: 'Bots' }).click();
  await page.getByRole('link', { name: 'Create bot' }).first().click();
  await page.getByRole('button', { name: /Code companion/ }).click();
  await page.getByLabel('Name', { exact: true }).fill('Counter');
  await page.getByLabel('Model', { exact: true }).selectOption({ label: 'words-20' });
  await page.getByRole('button', { name: 'Create bot' }).click();
  await page.getByRole('link', { name: 'Chat with Counter' }).click();
  await page.getByRole('heading', { name: 'Counter' }).waitFor();
  await ask(page, 'Count.');
  await shows(page, /w19 w20/);
  await atRest(page);

  const keyIs = async (key: string): Promise<void> => {
    await page.getByRole('button', { name: 'Actions for Word counter' }).click();
    await page.getByRole('menuitem', { name: 'Edit' }).click();
    await dialog.getByLabel('API key').fill(key);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
  };
  const conversation = page.url();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('link', { name: 'Models' }).click();
  await keyIs('sk-bad-0123456789');
  await page.goto(conversation);
  await shows(page, /w20/);
  await ask(page, 'Count again.');
  await shows(page, 'No answer came');
  await shows(page, /key.*refused|refused.*key/i);
  await atRest(page);

  await lastAnswer(page).getByRole('link', { name: 'Check keys and models' }).click();
  await keyIs('sk-good-0123456789');
  await page.goBack();
  await shows(page, 'No answer came');
  await lastAnswer(page).getByRole('button', { name: 'Try again' }).click();
  await shows(page, /w19 w20/);
  await atRest(page);
  expect(await lastAnswer(page).getByText('2/2').count()).toBe(1);
  expect(await questions(page).allInnerTexts()).toEqual([
    expect.stringContaining('Count.'),
    expect.stringContaining('Count again.'),
  ]);
  expect(await answers(page).count()).toBe(2);
  await expect.poll(() => composer(page).isEnabled()).toBe(true);
  expect(faults).toEqual([]);
  await context.close();
});
