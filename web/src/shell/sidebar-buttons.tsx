import { ChevronsUpDown } from 'lucide-react';
import type { ComponentProps } from 'react';
import { useTranslation } from 'react-i18next';
import { Avatar } from '../design/avatar.tsx';
import { useUser, useWorkspace } from '../session.tsx';

export function WorkspaceButton(props: ComponentProps<'button'>) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  return (
    <button
      type="button"
      {...props}
      className="relative flex h-9 min-w-0 flex-1 items-center gap-2 rounded-lg px-1.5 text-start hover:bg-hover data-[state=open]:bg-hover"
    >
      <Avatar name={workspace.name} size="sm" shape="square" strong />
      <span className="sr-only">{t('nav.workspace')}</span>
      <span className="min-w-0 flex-1 truncate font-semibold">{workspace.name}</span>
      <ChevronsUpDown aria-hidden="true" className="size-4 shrink-0 text-faint" />
    </button>
  );
}

export function AccountButton(props: ComponentProps<'button'>) {
  const { t } = useTranslation();
  const user = useUser();
  return (
    <button
      type="button"
      {...props}
      className="relative flex h-11 w-full min-w-0 items-center gap-2.5 rounded-lg px-2 text-start hover:bg-hover data-[state=open]:bg-hover"
    >
      <Avatar name={user.name} emoji={user.avatar} />
      <span className="sr-only">{t('nav.account')}</span>
      <span className="flex min-w-0 flex-1 flex-col">
        <span className="truncate leading-4 font-medium">{user.name}</span>
        <span className="truncate text-xs text-faint">{user.email}</span>
      </span>
    </button>
  );
}
