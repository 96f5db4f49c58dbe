import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';

export function ErrorState({
  title,
  titleAs: Title = 'p',
  description,
  retryLabel,
  onRetry,
  action,
}: {
  title: string;
  /** `h1` when the state is the whole page. */
  titleAs?: 'p' | 'h1' | 'h2';
  description?: ReactNode;
  retryLabel?: string;
  onRetry?: () => void;
  action?: ReactNode;
}) {
  return (
    <div
      role="alert"
      className="flex flex-col items-center gap-2 rounded-xl border border-line bg-raised px-6 py-8 text-center"
    >
      <CircleAlert aria-hidden="true" className="mb-1 size-7 text-danger-ink" />
      <Title className="font-medium text-ink">{title}</Title>
      {description && <p className="max-w-md text-soft">{description}</p>}
      {(onRetry || action) && (
        <div className="mt-3 flex flex-wrap justify-center gap-2">
          {onRetry && <Button onClick={onRetry}>{retryLabel}</Button>}
          {action}
        </div>
      )}
    </div>
  );
}
