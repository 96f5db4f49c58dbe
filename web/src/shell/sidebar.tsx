import { Link } from '@tanstack/react-router';
import { Bot, PanelLeft, Settings, SquarePen } from 'lucide-react';
import { lazy, Suspense, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorkspaceId } from '../api.ts';
import { IconButton } from '../design/icon-button.tsx';
import { Skeleton } from '../design/skeleton.tsx';
import { useShell } from './shell-context.ts';
import { AccountButton, WorkspaceButton } from './sidebar-buttons.tsx';

const ConversationList = lazy(() =>
  import('../modules/chat/conversation-list.tsx').then((module) => ({ default: module.ConversationList })),
);

// Menus need a positioning engine; the buttons show at once and open as soon as it is there.
const WorkspaceSwitcher = lazy(() =>
  import('./workspace-switcher.tsx').then((module) => ({ default: module.WorkspaceSwitcher })),
);
const UserMenu = lazy(() => import('./user-menu.tsx').then((module) => ({ default: module.UserMenu })));

const linkLook =
  'flex h-9 items-center gap-2.5 rounded-lg px-2.5 font-medium hover:bg-hover hover:text-ink max-md:h-11 [&>svg]:size-4';

function NavLink({ to, icon, children }: { to: string; icon: ReactNode; children: ReactNode }) {
  const workspaceId = useWorkspaceId();
  const shell = useShell();
  return (
    <Link
      to={`/w/$workspaceId/${to}` as '/w/$workspaceId/bots'}
      params={{ workspaceId }}
      className={linkLook}
      activeProps={{ className: 'bg-pressed text-ink' }}
      inactiveProps={{ className: 'text-soft' }}
      activeOptions={{ exact: to === 'chat', includeSearch: false }}
      onClick={shell?.closeDrawer}
    >
      {icon}
      {children}
    </Link>
  );
}

export function Sidebar({ onToggle }: { onToggle: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="flex h-full flex-col">
      <div className="flex h-12 shrink-0 items-center gap-1 ps-2 pe-1.5">
        <Suspense fallback={<WorkspaceButton aria-disabled />}>
          <WorkspaceSwitcher />
        </Suspense>
        <IconButton label={t('nav.closeSidebar')} tooltipSide="right" aria-expanded onClick={onToggle}>
          <PanelLeft aria-hidden="true" />
        </IconButton>
      </div>
      <nav aria-label={t('nav.pages')} className="flex flex-col gap-0.5 px-2 pt-1 pb-2">
        <NavLink to="chat" icon={<SquarePen aria-hidden="true" />}>
          {t('nav.newChat')}
        </NavLink>
        <NavLink to="bots" icon={<Bot aria-hidden="true" />}>
          {t('nav.bots')}
        </NavLink>
        <NavLink to="settings" icon={<Settings aria-hidden="true" />}>
          {t('nav.settings')}
        </NavLink>
      </nav>
      <div className="min-h-0 flex-1 overflow-y-auto px-2 pb-2">
        <Suspense fallback={<ListPending />}>
          <ConversationList />
        </Suspense>
      </div>
      <div className="shrink-0 border-t border-line p-2">
        <Suspense fallback={<AccountButton aria-disabled />}>
          <UserMenu />
        </Suspense>
      </div>
    </div>
  );
}

function ListPending() {
  return (
    <div className="flex flex-col gap-2 px-2 pt-3">
      <Skeleton className="h-4 w-32" />
      <Skeleton className="h-4 w-44" />
      <Skeleton className="h-4 w-36" />
    </div>
  );
}
