import type { Preferences } from '@parley/sdk';

export type Theme = Preferences['theme'];
export type Accent = Preferences['accent'];
export const themes: readonly Theme[] = ['system', 'light', 'dark'];
export const accents: readonly Accent[] = ['indigo', 'teal', 'rose', 'amber', 'violet', 'slate'];

interface Appearance {
  theme: Theme;
  accent: Accent;
}
// public/theme.js reads the same key before the first paint.
const storageKey = 'parley.appearance';
let current: Appearance = { theme: 'system', accent: 'indigo' };

const systemDark = () => window.matchMedia('(prefers-color-scheme: dark)');

function paint(): void {
  const dark = current.theme === 'dark' || (current.theme === 'system' && systemDark().matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  document.documentElement.dataset.accent = current.accent;
}

/** Shows theme and accent now and on the next load of this browser. */
export function applyAppearance(appearance: Appearance): void {
  current = { theme: appearance.theme, accent: appearance.accent };
  paint();
  try {
    localStorage.setItem(storageKey, JSON.stringify(current));
  } catch {
    // Without storage the choice still holds for this page.
  }
}

/** Follows the system while the theme is "system". */
export function watchSystemTheme(): () => void {
  const query = systemDark();
  query.addEventListener('change', paint);
  return () => query.removeEventListener('change', paint);
}
