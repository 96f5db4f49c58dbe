import { QueryClientProvider, type QueryClient } from '@tanstack/react-query';
import { RouterProvider, type RouterHistory } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { createQueryClient } from './api.ts';
import { ToastProvider } from './design/toast.tsx';
import { createAppRouter, type AppRouter } from './router.tsx';
import { forgetCached } from './session.tsx';

interface AppParts {
  queryClient: QueryClient;
  router: AppRouter;
}

/** The cache and the router, tied together: a session that ended leads to sign-in and back to the same page. */
export function createApp(options: { history?: RouterHistory; retryDelay?: number } = {}): AppParts {
  const queryClient = createQueryClient({ onSignedOut, retryDelay: options.retryDelay });
  const router = createAppRouter(queryClient, options.history);
  return { queryClient, router };

  function onSignedOut(): void {
    const { pathname, href } = router.state.location;
    if (!pathname.startsWith('/w/')) return;
    void router.navigate({ to: '/sign-in', search: { redirect: href } }).then(() => forgetCached(queryClient));
  }
}

export function App({ queryClient, router }: AppParts) {
  const { t } = useTranslation();
  return (
    <QueryClientProvider client={queryClient}>
      <ToastProvider dismissLabel={t('close')}>
        <RouterProvider router={router} />
      </ToastProvider>
    </QueryClientProvider>
  );
}
