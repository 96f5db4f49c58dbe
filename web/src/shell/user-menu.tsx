import { useNavigate } from '@tanstack/react-router';
import { CircleUser, Keyboard, LogOut } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useWorkspaceId } from '../api.ts';
import { Menu, MenuItem, MenuSeparator } from '../design/menu.tsx';
import { useShell } from './shell-context.ts';
import { AccountButton } from './sidebar-buttons.tsx';
import { useSignOutWithCare } from './sign-out.tsx';

export function UserMenu() {
  const { t } = useTranslation();
  const shell = useShell();
  const navigate = useNavigate();
  const workspaceId = useWorkspaceId();
  const signOut = useSignOutWithCare();
  return (
    <>
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
        <MenuItem onSelect={signOut.begin}>
          <LogOut aria-hidden="true" />
          {t('nav.signOut')}
        </MenuItem>
      </Menu>
      {signOut.question}
    </>
  );
}
