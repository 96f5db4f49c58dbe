import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { seriousFindings, sidewaysScrollers } from './accessibility.ts';
import { patience } from './chat-screen.ts';
import type { Visit } from './installation.ts';

const folder = fileURLToPath(new URL('screenshots/', import.meta.url));
const modes = [
  { mode: 'light', width: 1280, height: 800, colorScheme: 'light' },
  { mode: 'dark', width: 1280, height: 800, colorScheme: 'dark' },
  { mode: 'narrow', width: 360, height: 740, colorScheme: 'light' },
] as const;

interface Looking {
  only?: (typeof modes)[number]['mode'];
  /** Opens the page anew on the narrow screen, as a phone would; without it the open page is made narrow. */
  arrive?: () => Promise<unknown>;
}

/** Looks at what the page shows in each mode: a picture, accessibility, nothing that scrolls sideways, no faults. */
export const look = async (visit: Visit, name: string, { only, arrive }: Looking = {}): Promise<void> => {
  const { page } = visit;
  mkdirSync(folder, { recursive: true });
  for (const { mode, width, height, colorScheme } of modes) {
    if (only !== undefined && mode !== only) continue;
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    if (mode === 'narrow' && arrive !== undefined) await arrive();
    await expect.poll(() => page.getByText('Loading').count(), patience).toBe(0);
    await expect.poll(() => page.locator('html').getAttribute('data-theme'), patience).toBe(colorScheme);
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    await page.screenshot({ path: `${folder}${name}-${mode}.png` });
    expect.soft(await seriousFindings(page), `${name}, ${mode}`).toEqual([]);
    expect.soft(await sidewaysScrollers(page), `${name}, ${mode}`).toEqual([]);
  }
  expect(visit.faults).toEqual([]);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: 'light' });
};
