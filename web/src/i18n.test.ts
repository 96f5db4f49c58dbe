import { describe, expect, it } from 'vitest';
import { chooseLanguage, i18next, rememberedLanguage, rememberLanguage, switchLanguage } from './i18n.ts';

describe('chooseLanguage', () => {
  it('takes the choice of the user first', () => {
    expect(chooseLanguage('es', ['de-DE'])).toBe('es');
  });
  it('takes the first language of the browser that exists', () => {
    expect(chooseLanguage(null, ['fr-FR', 'de-AT', 'en'])).toBe('de');
    expect(chooseLanguage(null, ['fr-FR', 'pt'])).toBe('en');
    expect(chooseLanguage(null, ['den'])).toBe('en');
  });
});

it('switches language, document language, and falls back to English for the rest', async () => {
  await switchLanguage('de');
  expect(document.documentElement.lang).toBe('de');
  expect(i18next.t('cancel')).toBe('Abbrechen');
  expect(i18next.t('problem.rateLimitedFor', { count: 1 })).toContain('1 Sekunde ');
  await switchLanguage('en');
  expect(i18next.t('cancel')).toBe('Cancel');
});

it('remembers an explicit choice only', () => {
  rememberLanguage('es');
  expect(rememberedLanguage()).toBe('es');
  rememberLanguage(null);
  expect(rememberedLanguage()).toBeNull();
  localStorage.setItem('parley.language', 'klingon');
  expect(rememberedLanguage()).toBeNull();
});
