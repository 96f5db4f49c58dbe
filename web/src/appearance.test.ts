import { expect, it, vi } from 'vitest';
import { applyAppearance, watchSystemTheme } from './appearance.ts';

const root = document.documentElement;

it('shows theme and accent at once and keeps them for the next load', async () => {
  applyAppearance({ theme: 'dark', accent: 'teal' });
  expect(root.dataset).toMatchObject({ theme: 'dark', accent: 'teal' });

  delete root.dataset.theme;
  delete root.dataset.accent;
  // What the page runs before its first paint must read what the app wrote.
  const script = '../public/theme.js';
  await import(/* @vite-ignore */ script);
  expect(root.dataset).toMatchObject({ theme: 'dark', accent: 'teal' });
});

it('follows the system only while the theme is "system"', () => {
  let dark = false;
  let notify = () => {};
  window.matchMedia = vi.fn(() => ({
    get matches() {
      return dark;
    },
    addEventListener: (_: string, listener: () => void) => (notify = listener),
    removeEventListener: () => undefined,
  })) as unknown as typeof window.matchMedia;
  const stop = watchSystemTheme();
  applyAppearance({ theme: 'system', accent: 'rose' });
  expect(root.dataset.theme).toBe('light');
  dark = true;
  notify();
  expect(root.dataset.theme).toBe('dark');
  applyAppearance({ theme: 'light', accent: 'rose' });
  notify();
  expect(root.dataset.theme).toBe('light');
  stop();
});
