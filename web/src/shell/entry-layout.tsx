import type { ReactNode } from 'react';
import { Logo } from './logo.tsx';
import { useDocumentTitle } from './page-header.tsx';

/** The frame of the pages before the shell: sign-in and its neighbours, invitations. */
export function EntryLayout({
  title,
  description,
  footer,
  children,
}: {
  title: string;
  description?: ReactNode;
  footer?: ReactNode;
  children?: ReactNode;
}) {
  useDocumentTitle(title);
  return (
    <main className="flex min-h-full flex-col items-center bg-sunken px-4 py-8 md:justify-center">
      <div className="flex w-full max-w-sm flex-col gap-6">
        <div className="flex items-center gap-2.5 text-base font-semibold">
          <Logo className="size-8" />
          Parley
        </div>
        <div className="flex flex-col gap-5 rounded-2xl border border-line bg-raised p-6 max-md:p-5">
          <div>
            <h1 className="text-lg font-semibold">{title}</h1>
            {description && <p className="mt-1 text-soft">{description}</p>}
          </div>
          {children}
        </div>
        {footer && <div className="flex flex-wrap justify-center gap-x-4 gap-y-2 text-soft">{footer}</div>}
      </div>
    </main>
  );
}

export const textLinkLook = 'rounded-sm font-medium text-accent-ink underline-offset-4 hover:underline';
