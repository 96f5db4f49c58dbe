import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { fakeText } from '../server/src/testing/fake-model.ts';
import { createTcpProxy } from '../server/src/testing/tcp-proxy.ts';
import { seriousFindings } from './accessibility.ts';
import { signUp, type Account } from './account.ts';
import { answers, ask, atRest, lastAnswer, patience, shows, stopButton, textOf } from './chat-screen.ts';
import { install, type Installation } from './installation.ts';

let home: Installation;
let ada: Account;
let page: Page;
const bots: Record<string, string> = {};

const overloaded = 'words-20-status-529-times-1-retry-3';
const down = 'words-20-status-503';

beforeAll(async () => {
  home = await install();
  ada = await signUp(home, 'Ada');
  const connect = (name: string) =>
    ada.client.providers.create({ kind: 'openai-compatible', name, baseUrl: `${home.fake.url}/v1` });
  const { id: providerId } = await connect('Fake');
  const other = await connect('Other');
  for (const name of ['words-60-hold-after-30', 'words-20-cut-after-8', overloaded, down]) {
    const fallbacks = name === down ? [{ providerId: other.id, name: 'words-20' }] : [];
    const bot = await ada.client.bots.create({ name, type: 'writer', model: { providerId, name }, fallbacks });
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

const askAndHold = async (text: string): Promise<void> => {
  await newChat('words-60-hold-after-30');
  await ask(page, text);
  await shows(page, fakeText(30));
};

const releaseUntil = (isDone: () => Promise<boolean>): Promise<void> =>
  expect
    .poll(() => {
      home.fake.release();
      return isDone();
    }, patience)
    .toBe(true);

/** Words as one reads them: how they are spaced in the picture does not matter. */
const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

test('an interrupted answer is continued from where it was, beside the old one', async () => {
  await askAndHold('Go on whatever happens.');
  await home.restart();
  await shows(page, 'What had arrived is kept.');
  await atRest(page);
  home.fake.reset();
  await lastAnswer(page).getByRole('button', { name: 'Continue from here' }).click();
  await releaseUntil(async () => (await lastAnswer(page).innerText()).includes('w60'));
  await atRest(page);
  expect(words(await textOf(lastAnswer(page)))).toEqual(words(fakeText(30) + fakeText(60)));
  const versions = lastAnswer(page).getByRole('group', { name: 'Versions' });
  await versions.getByText('2/2').waitFor();
  await versions.getByRole('button', { name: 'Previous version' }).click();
  expect(await textOf(lastAnswer(page))).toBe(fakeText(30));
  await leave(page);
});

test('a broken answer that is tried again twice, in two tabs, is answered once', async () => {
  await newChat('words-20-cut-after-8');
  await ask(page, 'Break.');
  await shows(page, 'The answer broke off');
  await atRest(page);
  const second = await ada.context.newPage();
  await second.goto(page.url());
  await shows(second, 'The answer broke off');
  const calls = home.fake.calls.length;
  const [here, there] = [page, second].map((one) => lastAnswer(one).getByRole('button', { name: 'Try again' }));
  await Promise.all([here!.dblclick(), there!.dblclick()]);
  for (const one of [page, second]) {
    await lastAnswer(one).getByText('2/2').waitFor({ timeout: patience.timeout });
    await shows(one, 'The answer broke off');
    await atRest(one);
  }
  expect(home.fake.calls.length - calls).toBe(calls);
  await leave(page, second);
});

test('stopping twice stops once, and stopping what has just ended changes nothing', async () => {
  await askAndHold('Stop me.');
  const stops: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/stop')) stops.push(request.url());
  });
  await stopButton(page).dblclick();
  await page.keyboard.press('Escape');
  await shows(page, 'You stopped this answer.');
  await atRest(page);
  expect(stops).toHaveLength(1);
  expect(await textOf(lastAnswer(page))).toBe(fakeText(30));

  await ask(page, 'And now to the end.');
  await expect.poll(() => answers(page).count(), patience).toBe(2);
  await shows(page, fakeText(30));
  const ended = page.waitForResponse((response) => response.url().endsWith('/stop'));
  home.fake.release();
  await stopButton(page)
    .click({ timeout: 1000 })
    .catch(() => page.evaluate(`fetch('${stops[0]!}', { method: 'POST' })`));
  expect((await ended).ok()).toBe(true);
  await atRest(page);
  expect(await lastAnswer(page).innerText()).toMatch(/w60|You stopped this answer/);
  await leave(page);
});

test('a model that is overloaded is asked again, which is said, and stands on the receipt', async () => {
  await newChat(overloaded);
  await ask(page, 'Are you busy?');
  await shows(page, /The model is overloaded\. Trying again in [34] seconds\./);
  expect(await page.getByRole('alert').count()).toBe(0);
  await shows(page, 'w20');
  await atRest(page);
  expect(await lastAnswer(page).innerText()).not.toContain('overloaded');
  await lastAnswer(page)
    .getByRole('button', { name: /Details of this answer/ })
    .press('Enter');
  const details = page.getByRole('dialog', { name: 'Details of this answer' });
  await details.getByText('The model is overloaded.').waitFor();
  await details.getByText('Answered').waitFor();
  expect(await details.getByRole('listitem').count()).toBe(2);
  expect(await details.innerText()).toMatch(
    /Model\s+words-20[^]*Tokens written\s+20[^]*First word after[^]*Time in all/,
  );
  expect(await seriousFindings(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await details.waitFor({ state: 'detached' });
  await leave(page);
});

test('a model that is down is replaced by the next one of the bot', async () => {
  await newChat(down);
  await ask(page, 'Who answers?');
  await shows(page, 'w20');
  await atRest(page);
  await lastAnswer(page)
    .getByRole('button', { name: /^words-20, 20 tokens/ })
    .click();
  const details = page.getByRole('dialog', { name: 'Details of this answer' });
  await details.getByText('Answered').waitFor();
  expect(await details.getByText(down).count()).toBeGreaterThan(0);
  await leave(page);
});

test('a lost connection is mentioned only after two seconds, and the answer goes on when it is back', async () => {
  const link = await createTcpProxy(new URL(home.url));
  const address = new URL(home.url);
  address.port = String(link.port);
  await askAndHold('Through a tunnel.');
  const far = await ada.context.newPage();
  await far.goto(new URL(new URL(page.url()).pathname, address).href);
  await shows(far, fakeText(30));
  const mention = far.getByText('Reconnecting…');

  link.cut();
  const lostAt = performance.now();
  await mention.waitFor();
  expect(performance.now() - lostAt).toBeGreaterThan(1900);
  expect(await textOf(lastAnswer(far))).toBe(fakeText(30));
  home.fake.release();
  await atRest(page);
  await link.open();
  await atRest(far);
  expect(await textOf(lastAnswer(far))).toBe(fakeText(60));
  expect(await mention.count()).toBe(0);

  link.cut();
  await far.close();
  expect(ada.faults.filter((fault) => !fault.includes(address.origin))).toEqual([]);
});
