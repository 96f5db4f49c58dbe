import { useNavigate } from '@tanstack/react-router';
import { Plus, UserPlus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Avatar } from '../design/avatar.tsx';
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from '../design/menu.tsx';
import { isAtLeast, useMe, useWorkspace } from '../session.tsx';
import { WorkspaceButton } from './sidebar-buttons.tsx';

export function WorkspaceSwitcher() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { workspaces } = useMe();
  const active = useWorkspace();
  return (
    <Menu className="w-64" trigger={<WorkspaceButton />}>
      <MenuLabel>{t('nav.workspaces')}</MenuLabel>
      {workspaces.map((workspace) => (
        <MenuChoice
          key={workspace.id}
          checked={workspace.id === active.id}
          onSelect={() => void navigate({ to: '/w/$workspaceId/chat', params: { workspaceId: workspace.id } })}
        >
          <Avatar name={workspace.name} size="sm" shape="square" />
          <span className="min-w-0 truncate">{workspace.name}</span>
        </MenuChoice>
      ))}
      <MenuSeparator />
      {active.kind === 'team' && isAtLeast(active.role, 'admin') && (
        <MenuItem
          onSelect={() => void navigate({ to: '/w/$workspaceId/settings/members', params: { workspaceId: active.id } })}
        >
          <UserPlus aria-hidden="true" />
          {t('nav.invite')}
        </MenuItem>
      )}
      <MenuItem
        onSelect={() =>
          void navigate({
            to: '/w/$workspaceId/settings/workspace',
            params: { workspaceId: active.id },
            hash: 'create',
          })
        }
      >
        <Plus aria-hidden="true" />
        {t('nav.createWorkspace')}
      </MenuItem>
    </Menu>
  );
}
