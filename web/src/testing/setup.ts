import { cleanup, configure } from '@testing-library/react';
import { afterEach, beforeEach, vi } from 'vitest';
import { i18next, startI18n } from '../i18n.ts';

// The first visit of a page in a test loads its module, which takes a while on a busy machine.
configure({ asyncUtilTimeout: 10_000 });

let wide = true;

/** Whether `(min-width: 768px)` holds in the next render. */
export function setWide(next: boolean): void {
  wide = next;
}

beforeEach(async () => {
  wide = true;
  localStorage.clear();
  sessionStorage.clear();
  window.history.replaceState(null, '', '/');
  window.matchMedia = (query: string) =>
    ({
      matches: query.includes('min-width') ? wide : false,
      media: query,
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
    }) as unknown as MediaQueryList;
  window.scrollTo = () => undefined;
  Element.prototype.scrollIntoView = () => undefined;
  Element.prototype.hasPointerCapture = () => false;
  vi.stubGlobal('fetch', (input: RequestInfo | URL) => {
    throw new Error(`A test made a request without a stub: ${input instanceof Request ? input.url : String(input)}`);
  });
  await startI18n();
  await i18next.changeLanguage('en');
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});
