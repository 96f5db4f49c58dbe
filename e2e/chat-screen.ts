import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

export const patience = { timeout: 30_000, interval: 100 };

export const composer = (page: Page): Locator => page.getByRole('textbox', { name: 'Message', exact: true });
export const rows = (page: Page): Locator => page.getByRole('list', { name: 'Messages' }).locator('> li');
export const answers = (page: Page): Locator => rows(page).and(page.locator(':has([aria-busy])'));
export const questions = (page: Page): Locator => rows(page).and(page.locator('[data-message]:not(:has([aria-busy]))'));
export const unsent = (page: Page): Locator => rows(page).and(page.locator('[data-unsent]'));
export const lastAnswer = (page: Page): Locator => answers(page).last();
export const stopButton = (page: Page): Locator => page.getByRole('button', { name: 'Stop the answer' });
export const conversations = (page: Page): Locator =>
  page.getByRole('navigation', { name: 'Conversations' }).locator('[data-conversation]');

export const ask = async (page: Page, text: string): Promise<void> => {
  await composer(page).fill(text);
  await composer(page).press('Enter');
};

/** Resolves when the last answer shows this text. */
export const shows = (page: Page, text: string | RegExp): Promise<void> =>
  lastAnswer(page)
    .filter({ hasText: text })
    .waitFor({ timeout: patience.timeout })
    .catch(async (cause: unknown) => {
      throw new Error(
        `the answer does not show ${String(text)}; the page shows:\n${await page.locator('body').innerText()}`,
        {
          cause,
        },
      );
    });

/** Resolves when no answer on the page is being written. */
export const atRest = async (page: Page): Promise<void> => {
  await lastAnswer(page).locator('[aria-busy="false"]').waitFor({ timeout: patience.timeout });
  await expect.poll(() => page.locator('[aria-busy="true"]').count(), patience).toBe(0);
};

/** The answer's own words, without the row's buttons and receipts. */
export const textOf = async (answer: Locator): Promise<string> => (await answer.locator('.md').innerText()).trim();
