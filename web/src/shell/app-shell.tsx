import { Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { PanelLeft, SquarePen } from 'lucide-react';
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorkspaceId } from '../api.ts';
import { IconButton } from '../design/icon-button.tsx';
import { useUnsentSender } from '../modules/chat/chat-engine.ts';
import { useIsWide } from './media.ts';
import { ShellContext } from './shell-context.ts';
import { useShortcut } from './shortcuts.ts';
import { Sidebar } from './sidebar.tsx';

const Drawer = lazy(() => import('./drawer.tsx').then((module) => ({ default: module.Drawer })));
const KeyboardHelp = lazy(() => import('./keyboard-help.tsx').then((module) => ({ default: module.KeyboardHelp })));

const storageKey = 'parley.sidebar';
function rememberedSidebar(): boolean {
  try {
    return localStorage.getItem(storageKey) !== 'closed';
  } catch {
    return true;
  }
}

export function AppShell() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const workspaceId = useWorkspaceId();
  const { pathname } = useLocation();
  const wide = useIsWide();
  const [sidebarOpen, setSidebarOpen] = useState(rememberedSidebar);
  const [drawerOpen, setDrawerOpen] = useState(false);
  const [helpOpen, setHelpOpen] = useState(false);
  const [headerSlot, setHeaderSlot] = useState<HTMLElement | null>(null);
  const main = useRef<HTMLElement>(null);

  useEffect(() => setDrawerOpen(false), [pathname, wide]);
  useUnsentSender();

  const toggleSidebar = useCallback(() => {
    if (!wide) return setDrawerOpen((open) => !open);
    setSidebarOpen((open) => {
      try {
        localStorage.setItem(storageKey, open ? 'closed' : 'open');
      } catch {
        // The choice then lasts until the page is left.
      }
      return !open;
    });
  }, [wide]);
  const newChat = () => void navigate({ to: '/w/$workspaceId/chat', params: { workspaceId } });

  useShortcut({ keys: 'mod+shift+o', label: t('nav.newChat') }, newChat);
  useShortcut({ keys: 'mod+shift+s', label: t('shortcuts.sidebar') }, toggleSidebar);
  useShortcut({ keys: 'mod+.', label: t('nav.settings') }, () => {
    void navigate({ to: '/w/$workspaceId/settings', params: { workspaceId } });
  });
  useShortcut({ keys: 'mod+/', label: t('shortcuts.help') }, () => setHelpOpen(true));
  useShortcut({ keys: '?', label: t('shortcuts.help') }, () => setHelpOpen(true));

  const shell = useMemo(
    () => ({ headerSlot, closeDrawer: () => setDrawerOpen(false), openHelp: () => setHelpOpen(true) }),
    [headerSlot],
  );
  const showButtons = !wide || !sidebarOpen;

  return (
    <ShellContext value={shell}>
      <a
        href="#main"
        className="sr-only z-50 rounded-lg bg-raised px-3 py-2 font-medium shadow-float focus:not-sr-only focus:fixed focus:start-2 focus:top-2"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {t('nav.skip')}
      </a>
      <div className="flex h-dvh overflow-hidden">
        {wide && sidebarOpen && (
          <aside id="sidebar" aria-label={t('nav.label')} className="w-66 shrink-0 border-e border-line bg-sunken">
            <Sidebar onToggle={toggleSidebar} />
          </aside>
        )}
        {!wide && drawerOpen && (
          <Suspense>
            <Drawer label={t('nav.label')} onClose={() => setDrawerOpen(false)}>
              <Sidebar onToggle={toggleSidebar} />
            </Drawer>
          </Suspense>
        )}
        <div className="flex min-w-0 flex-1 flex-col">
          <header className="flex h-12 shrink-0 items-center gap-1 px-3">
            {showButtons && (
              <>
                <IconButton
                  label={t('nav.openSidebar')}
                  aria-expanded={wide ? sidebarOpen : drawerOpen}
                  tooltipSide="bottom"
                  onClick={toggleSidebar}
                >
                  <PanelLeft aria-hidden="true" />
                </IconButton>
                <IconButton label={t('nav.newChat')} tooltipSide="bottom" onClick={newChat}>
                  <SquarePen aria-hidden="true" />
                </IconButton>
              </>
            )}
            <div ref={setHeaderSlot} className="flex min-w-0 flex-1 items-center gap-2 ps-1" />
          </header>
          <main
            ref={main}
            id="main"
            tabIndex={-1}
            className="relative min-h-0 flex-1 overflow-y-auto focus:outline-none"
          >
            <Outlet />
          </main>
        </div>
      </div>
      {helpOpen && (
        <Suspense>
          <KeyboardHelp onClose={() => setHelpOpen(false)} />
        </Suspense>
      )}
    </ShellContext>
  );
}
