import { useNavigate } from '@tanstack/react-router';
import { CircleUser, Keyboard, LogOut } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useWorkspaceId } from '../api.ts';
import { Menu, MenuItem, MenuSeparator } from '../design/menu.tsx';
import { useToast } from '../design/toast.tsx';
import { useErrorText } from '../problems.ts';
import { useSignOut } from '../session.tsx';
import { useShell } from './shell-context.ts';
import { AccountButton } from './sidebar-buttons.tsx';

export function UserMenu() {
  const { t } = useTranslation();
  const shell = useShell();
  const navigate = useNavigate();
  const workspaceId = useWorkspaceId();
  const toast = useToast();
  const errorText = useErrorText();
  const signOut = useSignOut();
  return (
    <Menu side="top" className="w-60" trigger={<AccountButton />}>
      <MenuItem onSelect={() => void navigate({ to: '/w/$workspaceId/settings/profile', params: { workspaceId } })}>
        <CircleUser aria-hidden="true" />
        {t('nav.profile')}
      </MenuItem>
      <MenuItem onSelect={() => shell?.openHelp()}>
        <Keyboard aria-hidden="true" />
        {t('shortcuts.title')}
      </MenuItem>
      <MenuSeparator />
      <MenuItem onSelect={() => signOut.mutate('here', { onError: (error) => toast.fail(errorText(error)) })}>
        <LogOut aria-hidden="true" />
        {t('nav.signOut')}
      </MenuItem>
    </Menu>
  );
}
