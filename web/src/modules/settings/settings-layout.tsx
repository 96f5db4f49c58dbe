import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { Building2, Cpu, Languages, MonitorSmartphone, Palette, User, Users } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorkspaceId } from '../../api.ts';
import { PageHeader } from '../../shell/page-header.tsx';

const groups = [
  {
    id: 'account',
    pages: [
      { id: 'profile', to: '/w/$workspaceId/settings/profile', icon: User },
      { id: 'appearance', to: '/w/$workspaceId/settings/appearance', icon: Palette },
      { id: 'language', to: '/w/$workspaceId/settings/language', icon: Languages },
      { id: 'sessions', to: '/w/$workspaceId/settings/sessions', icon: MonitorSmartphone },
    ],
  },
  {
    id: 'workspace',
    pages: [
      { id: 'models', to: '/w/$workspaceId/settings/models', icon: Cpu },
      { id: 'members', to: '/w/$workspaceId/settings/members', icon: Users },
      { id: 'general', to: '/w/$workspaceId/settings/workspace', icon: Building2 },
    ],
  },
] as const;

export function SettingsLayout() {
  const { t } = useTranslation('settings');
  const workspaceId = useWorkspaceId();
  const { pathname } = useLocation();
  const nav = useRef<HTMLElement>(null);
  // On narrow screens the list scrolls sideways and could hide where one is.
  useEffect(() => {
    nav.current?.querySelector('[aria-current="page"]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [pathname]);
  return (
    <>
      <PageHeader title={t('title')} />
      <div className="mx-auto flex w-full max-w-5xl gap-10 px-4 pb-16 max-md:flex-col max-md:gap-5 md:px-8 md:pt-4">
        <nav
          ref={nav}
          aria-label={t('title')}
          className="relative flex shrink-0 gap-x-1 gap-y-6 max-md:-mx-4 max-md:overflow-x-auto max-md:border-b max-md:border-line max-md:px-4 max-md:pb-2 md:w-44 md:flex-col"
        >
          {groups.map((group) => (
            <div key={group.id} className="flex gap-0.5 md:flex-col">
              <p className="px-2.5 pb-1 text-xs font-medium text-faint max-md:sr-only">{t(`groups.${group.id}`)}</p>
              {group.pages.map(({ id, to, icon: Icon }) => (
                <Link
                  key={id}
                  to={to}
                  params={{ workspaceId }}
                  className="flex h-9 items-center gap-2.5 rounded-lg px-2.5 font-medium whitespace-nowrap -outline-offset-2 hover:bg-hover hover:text-ink max-md:h-11"
                  activeProps={{ className: 'bg-hover text-ink' }}
                  inactiveProps={{ className: 'text-soft' }}
                >
                  <Icon aria-hidden="true" className="size-4 shrink-0" />
                  {t(`pages.${id}`)}
                </Link>
              ))}
            </div>
          ))}
        </nav>
        <div className="flex min-w-0 max-w-2xl flex-1 flex-col gap-10">
          <Outlet />
        </div>
      </div>
    </>
  );
}
