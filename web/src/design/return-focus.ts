import { useRef } from 'react';

/** Radix gives the focus back to a dialog's trigger; dialogs that are opened by code have none, so they say where it was. */
export const useReturnFocus = () => {
  const before = useRef<Element | null>(null);
  return {
    onOpenAutoFocus: (): void => {
      before.current = document.activeElement;
    },
    onCloseAutoFocus: (event: Event): void => {
      event.preventDefault();
      if (before.current instanceof HTMLElement) before.current.focus();
    },
  };
};
