import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fakeText } from '../server/src/testing/fake-model.ts';
import { signIn, signUp, type Account } from './account.ts';
import { ask, atRest, composer, lastAnswer, patience, questions, shows, textOf } from './chat-screen.ts';
import { install, type Installation } from './installation.ts';

let home: Installation;
let ada: Account;
let newChat = '';

beforeAll(async () => {
  home = await install();
  ada = await signUp(home, 'Ada');
  const provider = await ada.client.providers.create({
    kind: 'openai-compatible',
    name: 'Fake',
    baseUrl: `${home.fake.url}/v1`,
  });
  const name = 'words-60-hold-after-30';
  const bot = await ada.client.bots.create({ name, type: 'writer', model: { providerId: provider.id, name } });
  const { workspaces } = await ada.client.me.get();
  newChat = `/w/${workspaces[0]!.id}/chat?bot=${bot.id}`;
});

afterAll(async () => {
  await home?.[Symbol.asyncDispose]();
});

/** How long a request of this page takes, in milliseconds. */
const timeOfCall = (page: Page): Promise<number> =>
  page.evaluate<number>(`(async () => {
    const began = performance.now();
    const answer = await fetch('/v1/me', { cache: 'no-store' });
    if (!answer.ok) throw new Error('answered ' + answer.status);
    await answer.text();
    return performance.now() - began;
  })()`);

/** Browsers have Web Locks where pages come over https or from localhost, and not over plain http. */
const withoutWebLocks = `Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })`;

test.each([
  ['with Web Locks', []],
  ['without Web Locks', [withoutWebLocks]],
])('eight tabs follow the same answer over HTTP/1.1 %s, and each can still do everything', async (_name, scripts) => {
  home.fake.reset();
  const visit = await signIn(home, 'Ada');
  const { context, page } = visit;
  for (const script of scripts) await context.addInitScript(script);
  await page.goto(newChat);
  await ask(page, 'Count for eight.');
  await shows(page, fakeText(30));
  const pages = [page];
  while (pages.length < 8) {
    const next = await context.newPage();
    await next.goto(page.url());
    await shows(next, 'w30');
    pages.push(next);
  }
  const last = pages.at(-1)!;
  expect(await timeOfCall(last)).toBeLessThan(2000);

  await ask(last, 'One more from the eighth tab.');
  await expect
    .poll(() => {
      home.fake.release();
      return questions(page).count();
    }, patience)
    .toBe(2);
  for (const one of pages) {
    await shows(one, fakeText(30));
    await expect.poll(() => questions(one).filter({ hasText: 'One more' }).count(), patience).toBe(1);
  }
  expect(await timeOfCall(last)).toBeLessThan(2000);
  await expect
    .poll(async () => {
      home.fake.release();
      return (await lastAnswer(page).innerText()).includes('w60');
    }, patience)
    .toBe(true);
  for (const one of pages) {
    await atRest(one);
    expect(await textOf(lastAnswer(one))).toBe(fakeText(60));
  }
  expect(home.fake.calls).toHaveLength(2);
  await context.close();
  expect(visit.faults).toEqual([]);
});

test('new chats in two tabs keep their own drafts, a conversation shows one in both', async () => {
  const { context, page } = ada;
  const second = await context.newPage();
  await Promise.all([page, second].map((one) => one.goto(newChat)));
  await composer(page).fill('Mine');
  await composer(second).fill('Hers');
  await Promise.all([page, second].map((one) => one.reload()));
  await expect.poll(() => composer(page).inputValue(), patience).toBe('Mine');
  await expect.poll(() => composer(second).inputValue(), patience).toBe('Hers');

  await second.close();
  await composer(page).fill('');
  const third = await context.newPage();
  await third.goto(newChat);
  await expect.poll(() => composer(third).inputValue(), patience).toBe('Hers');
  await composer(third).fill('');

  home.fake.reset();
  await ask(page, 'A conversation.');
  await shows(page, 'w30');
  home.fake.release();
  await atRest(page);
  await third.goto(page.url());
  await shows(third, 'w60');
  await composer(page).pressSequentially('Written here');
  await expect.poll(() => composer(third).inputValue(), patience).toBe('Written here');
  await composer(third).press('End');
  await composer(third).pressSequentially(', and there');
  await expect.poll(() => composer(page).inputValue(), patience).toBe('Written here, and there');
  await composer(page).fill('');
  await third.close();
  expect(ada.faults).toEqual([]);
});
