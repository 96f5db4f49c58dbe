import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import deBots from '../web/src/locales/de/bots.json' with { type: 'json' };
import deChat from '../web/src/locales/de/chat.json' with { type: 'json' };
import deCommon from '../web/src/locales/de/common.json' with { type: 'json' };
import deSettings from '../web/src/locales/de/settings.json' with { type: 'json' };
import enBots from '../web/src/locales/en/bots.json' with { type: 'json' };
import enChat from '../web/src/locales/en/chat.json' with { type: 'json' };
import enCommon from '../web/src/locales/en/common.json' with { type: 'json' };
import enSettings from '../web/src/locales/en/settings.json' with { type: 'json' };
import esBots from '../web/src/locales/es/bots.json' with { type: 'json' };
import esChat from '../web/src/locales/es/chat.json' with { type: 'json' };
import esCommon from '../web/src/locales/es/common.json' with { type: 'json' };
import esSettings from '../web/src/locales/es/settings.json' with { type: 'json' };
import { signIn, signInByScreen, signUp, type Account } from './account.ts';
import { patience } from './chat-screen.ts';
import { install, type Installation } from './installation.ts';

const catalogues = {
  English: { common: enCommon, chat: enChat, bots: enBots, settings: enSettings },
  Deutsch: { common: deCommon, chat: deChat, bots: deBots, settings: deSettings },
  Español: { common: esCommon, chat: esChat, bots: esBots, settings: esSettings },
};
type Language = keyof typeof catalogues;

const textsOf = (value: unknown): string[] =>
  typeof value === 'string' ? [value] : Object.values(value as object).flatMap(textsOf);

let home: Installation;
let ada: Account;

beforeAll(async () => {
  home = await install();
  ada = await signUp(home, 'Ada');
});

afterAll(async () => {
  await home?.[Symbol.asyncDispose]();
});

/** Every text and label that the page shows as a whole. */
const shown = (page: Page): Promise<string[]> =>
  page.locator('body').evaluate((body) => {
    const found: string[] = [];
    for (const element of body.querySelectorAll('*')) {
      for (const name of ['aria-label', 'placeholder', 'title']) found.push(element.getAttribute(name) ?? '');
      for (const child of element.childNodes) if (child.nodeType === 3) found.push(child.nodeValue ?? '');
    }
    return found.map((text) => text.trim()).filter((text) => text !== '');
  });

const choose = async (page: Page, language: Language): Promise<void> => {
  await page.getByRole('radio', { name: language, exact: true }).check({ force: true });
  await page.getByRole('link', { name: catalogues[language].common.nav.newChat }).waitFor();
};

test('a language changes every word of the shell, the chat, the bots and the settings', async () => {
  const { page } = ada;
  await page.goto('/');
  const { id } = (await ada.client.me.get()).workspaces[0]!;
  let from: Language = 'English';
  for (const [language, lang] of [
    ['Deutsch', 'de'],
    ['Español', 'es'],
  ] as const) {
    await page.goto(`/w/${id}/settings/language`);
    await choose(page, language);
    expect(await page.locator('html').getAttribute('lang')).toBe(lang);
    const { common, chat, bots, settings } = catalogues[language];
    const own = new Set(textsOf(catalogues[language]));
    const others = [...textsOf(catalogues.English), ...textsOf(catalogues[from])];
    const foreign = new Set(others.filter((text) => !own.has(text)));
    const places = [
      ['chat', chat.composer.placeholderTo.replace('{{name}}', 'Parley demo')],
      ['bots', bots.intro],
      ['bots/new', bots.pick.title],
      ['settings/profile', settings.profile.text],
      ['settings/appearance', settings.appearance.themeText],
      ['settings/sessions', settings.sessions.text],
      ['settings/members', settings.pages.members],
      ['nowhere', common.notFound.title],
    ] as const;
    for (const [path, expected] of places) {
      await page.goto(`/w/${id}/${path}`);
      await page.getByText(expected).or(page.getByPlaceholder(expected)).first().waitFor();
      const texts = await shown(page);
      expect(
        texts.filter((text) => foreign.has(text)),
        `${language}, ${path}`,
      ).toEqual([]);
    }
    from = language;
  }
  await page.goto(`/w/${id}/settings/language`);
  await choose(page, 'English');
  expect(ada.faults).toEqual([]);
});

/** Notes theme and accent of every picture in which the page has something to show. */
const watchPaint = `
  window.pictures = [];
  const look = () => {
    if (document.body) window.pictures.push(document.documentElement.dataset.theme + ' ' + document.documentElement.dataset.accent);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
`;
const pictures = async (page: Page): Promise<string[]> => [
  ...new Set(await page.evaluate<string[]>('window.pictures')),
];

test('theme and accent hold from the first picture on, and follow the person to another browser', async () => {
  const { page } = ada;
  const { id } = (await ada.client.me.get()).workspaces[0]!;
  await page.goto(`/w/${id}/settings/appearance`);
  await page.getByRole('radio', { name: 'Dark' }).check({ force: true });
  await page.getByRole('radio', { name: 'Teal' }).check({ force: true });
  await expect
    .poll(async () => (await ada.client.me.get()).user.preferences, patience)
    .toMatchObject({ theme: 'dark', accent: 'teal' });
  await page.addInitScript(watchPaint);
  await page.reload();
  await page.getByRole('heading', { name: 'Theme' }).waitFor();
  expect(await pictures(page)).toEqual(['dark teal']);
  const background = await page.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor);
  expect(
    Math.max(
      ...background
        .match(/[\d.]+/g)!
        .slice(0, 3)
        .map(Number),
    ),
  ).toBeLessThan(60);

  const other = await home.person({ colorScheme: 'light' });
  await other.page.goto('/sign-in');
  await signInByScreen(other.page, 'Ada');
  await other.page.getByRole('heading', { name: 'Parley demo' }).waitFor();
  const root = other.page.locator('html');
  await expect.poll(() => root.getAttribute('data-theme'), patience).toBe('dark');
  expect(await root.getAttribute('data-accent')).toBe('teal');
  await other.page.addInitScript(watchPaint);
  await other.page.reload();
  await other.page.getByRole('heading', { name: 'Parley demo' }).waitFor();
  expect(await pictures(other.page)).toEqual(['dark teal']);
  expect([...ada.faults, ...other.faults]).toEqual([]);
  await other.context.close();
});

test('a theme left to the system follows it while the page is open', async () => {
  await ada.client.me.update({ preferences: { theme: 'system' } });
  const third = await signIn(home, 'Ada', { colorScheme: 'dark' });
  const root = third.page.locator('html');
  await third.page.goto('/');
  await expect.poll(() => root.getAttribute('data-theme'), patience).toBe('dark');
  await third.page.emulateMedia({ colorScheme: 'light' });
  await expect.poll(() => root.getAttribute('data-theme'), patience).toBe('light');
  expect(third.faults).toEqual([]);
  await third.context.close();
});
