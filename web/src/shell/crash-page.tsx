import { useQueryErrorResetBoundary } from '@tanstack/react-query';
import { useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { ParleyError } from '@parley/sdk';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useErrorText } from '../problems.ts';

/** Where an error nobody handled ends up. A failed request is told apart from a fault of the page. */
export function CrashPage({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const router = useRouter();
  const queries = useQueryErrorResetBoundary();
  const isRequest = error instanceof ParleyError;
  useEffect(() => {
    if (!isRequest) console.error(error);
  }, [error, isRequest]);
  return (
    <main className="mx-auto flex h-full max-w-xl flex-col justify-center p-4">
      <ErrorState
        titleAs="h1"
        title={isRequest ? t('crash.requestTitle') : t('crash.title')}
        description={isRequest ? errorText(error) : t('crash.text')}
        retryLabel={t('retry')}
        onRetry={() => {
          queries.reset();
          reset();
          void router.invalidate();
        }}
        action={
          <Button variant="ghost" onClick={() => window.location.assign('/')}>
            {t('crash.reload')}
          </Button>
        }
      />
    </main>
  );
}
