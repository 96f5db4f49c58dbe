import i18next, { type Resource } from 'i18next';
import { initReactI18next } from 'react-i18next';
import type bots from './locales/en/bots.json';
import type chat from './locales/en/chat.json';
import type common from './locales/en/common.json';
import type identity from './locales/en/identity.json';
import type models from './locales/en/models.json';
import type settings from './locales/en/settings.json';
import type workspaces from './locales/en/workspaces.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: {
      common: typeof common;
      identity: typeof identity;
      workspaces: typeof workspaces;
      models: typeof models;
      settings: typeof settings;
      chat: typeof chat;
      bots: typeof bots;
    };
  }
}

export type Language = 'en' | 'de' | 'es';
export const languages: readonly Language[] = ['en', 'de', 'es'];

type Catalogue = Record<string, unknown>;
const english = import.meta.glob<Catalogue>('./locales/en/*.json', { eager: true, import: 'default' });
const others = import.meta.glob<Catalogue>(['./locales/*/*.json', '!./locales/en/*.json'], { import: 'default' });

const namespaceOf = (path: string) => path.slice(path.lastIndexOf('/') + 1, -'.json'.length);

/** English is in the first load, as the fallback that can never be missing. */
export async function startI18n(): Promise<void> {
  if (i18next.isInitialized) return;
  const en = Object.fromEntries(Object.entries(english).map(([path, catalogue]) => [namespaceOf(path), catalogue]));
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    defaultNS: 'common',
    resources: { en } as Resource,
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
}

/** The user's choice, else the first language of the browser that has a catalogue. */
export function chooseLanguage(preferred: Language | null, browser: readonly string[] = navigator.languages): Language {
  if (preferred) return preferred;
  for (const tag of browser) {
    const language = languages.find((candidate) => tag.toLowerCase().split('-')[0] === candidate);
    if (language) return language;
  }
  return 'en';
}

const storageKey = 'parley.language';

/** The language this browser last showed, so that the first paint is already right. */
export function rememberedLanguage(): Language | null {
  try {
    const stored = localStorage.getItem(storageKey);
    return languages.find((language) => language === stored) ?? null;
  } catch {
    return null;
  }
}

/** Remembers an explicit choice; null forgets it, and the browser decides again. */
export function rememberLanguage(language: Language | null): void {
  try {
    if (language) localStorage.setItem(storageKey, language);
    else localStorage.removeItem(storageKey);
  } catch {
    // Only the first paint of the next visit is affected.
  }
}

/** Loads the catalogues of a language if needed and switches to it. */
export async function switchLanguage(language: Language): Promise<void> {
  const missing = Object.entries(others).filter(
    ([path]) => path.includes(`/${language}/`) && !i18next.hasResourceBundle(language, namespaceOf(path)),
  );
  await Promise.all(
    missing.map(async ([path, load]) => i18next.addResourceBundle(language, namespaceOf(path), await load())),
  );
  document.documentElement.lang = language;
  if (i18next.language !== language) await i18next.changeLanguage(language);
}

export { i18next };
