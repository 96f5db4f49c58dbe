import { useQuery } from '@tanstack/react-query';
import { Outlet, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { applyAppearance } from '../appearance.ts';
import { chooseLanguage, rememberLanguage, switchLanguage } from '../i18n.ts';
import { meQuery } from '../session.tsx';
import { OfflineBanner } from './offline-banner.tsx';

/** The signed-in user's look and language win over what this browser remembered. */
function usePreferences(): void {
  const preferences = useQuery({ ...meQuery, enabled: false }).data?.user.preferences;
  const theme = preferences?.theme;
  const accent = preferences?.accent;
  const language = preferences?.language;
  useEffect(() => {
    if (theme && accent) applyAppearance({ theme, accent });
  }, [theme, accent]);
  useEffect(() => {
    if (language === undefined) return;
    rememberLanguage(language);
    void switchLanguage(chooseLanguage(language)).catch(() => undefined);
  }, [language]);
}

/** Screen readers are not told when a single-page app changes page: say the new title. */
function RouteAnnouncer() {
  const router = useRouter();
  const [title, setTitle] = useState('');
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const stop = router.subscribe('onRendered', ({ pathChanged }) => {
      if (!pathChanged) return;
      clearTimeout(timer);
      timer = setTimeout(() => setTitle(document.title), 100);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [router]);
  return (
    <p aria-live="polite" className="sr-only">
      {title}
    </p>
  );
}

export function RootLayout() {
  usePreferences();
  return (
    <>
      <OfflineBanner />
      <Outlet />
      <RouteAnnouncer />
    </>
  );
}
