import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorState } from './design/error-state.tsx';
import { useErrorText } from './problems.ts';

export interface QueryViewProps<T> {
  query: UseQueryResult<T>;
  /** A skeleton of the same size as the content. */
  pending: ReactNode;
  children: (loaded: T) => ReactNode;
}

/** The three states of something loaded. What is already there stays when a later refresh fails. */
export function QueryView<T>({ query, pending, children }: QueryViewProps<T>) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  if (query.data !== undefined) return children(query.data);
  if (query.isError) {
    return (
      <ErrorState
        title={t('loadFailed')}
        description={errorText(query.error)}
        retryLabel={t('retry')}
        onRetry={() => void query.refetch()}
      />
    );
  }
  return pending;
}
