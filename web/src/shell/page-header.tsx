import { useEffect, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { useShell } from './shell-context.ts';

export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · Parley` : 'Parley';
  }, [title]);
}

export interface PageHeaderProps {
  /** The window's title and, unless `heading` replaces it, the page's h1. */
  title: string;
  heading?: ReactNode;
  /** Buttons at the end of the bar. */
  children?: ReactNode;
}

/** Fills the bar at the top of the shell, beside the sidebar button. */
export function PageHeader({ title, heading, children }: PageHeaderProps) {
  useDocumentTitle(title);
  const shell = useShell();
  const content = (
    <>
      {heading ?? <h1 className="min-w-0 truncate text-[0.9375rem] font-semibold">{title}</h1>}
      {children && <div className="ms-auto flex shrink-0 items-center gap-1">{children}</div>}
    </>
  );
  if (!shell) return <header className="flex h-12 items-center gap-2 px-3">{content}</header>;
  return shell.headerSlot && createPortal(content, shell.headerSlot);
}
