import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

/** What axe finds serious or critical on the page, one line per element. */
export const seriousFindings = async (page: Page): Promise<string[]> => {
  const { passes, violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  if (passes.length < 5) throw new Error('axe has not looked at the page');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, any }) => `${id}: ${html} ${any[0]?.message ?? ''}`));
};

/** Elements that can be scrolled sideways though nothing in them is meant to. */
export const sidewaysScrollers = (page: Page): Promise<string[]> =>
  page.locator('html').evaluate((html) =>
    [html, ...html.querySelectorAll('*')]
      .filter((element) => !element.closest('pre, .md-table, .katex-display, nav, textarea, input'))
      .filter(
        (element) =>
          element.scrollWidth > element.clientWidth + 1 &&
          (element === html || /auto|scroll/.test(getComputedStyle(element).overflowX)),
      )
      .map(
        (element) => `${element.tagName}.${element.classList.value} ${element.scrollWidth} > ${element.clientWidth}`,
      ),
  );
