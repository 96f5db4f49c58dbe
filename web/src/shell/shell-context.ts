import { createContext, useContext } from 'react';

export interface Shell {
  /** Where a page's header is drawn; null until the shell is mounted. */
  headerSlot: HTMLElement | null;
  closeDrawer: () => void;
  openHelp: () => void;
}
export const ShellContext = createContext<Shell | null>(null);

/** Null on pages outside the shell (sign-in) and in tests of a single page. */
export const useShell = (): Shell | null => useContext(ShellContext);
