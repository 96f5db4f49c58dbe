import { CircleCheck, Info, OctagonAlert, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from './cx.ts';

const tones = {
  neutral: { look: 'bg-sunken text-soft border-line', icon: Info },
  success: { look: 'bg-success-soft text-success-ink border-transparent', icon: CircleCheck },
  warning: { look: 'bg-warning-soft text-warning-ink border-transparent', icon: TriangleAlert },
  danger: { look: 'bg-danger-soft text-danger-ink border-transparent', icon: OctagonAlert },
};

/** A message inside the page. `live` announces it when it appears. */
export function Banner({
  tone = 'neutral',
  live,
  action,
  className,
  children,
}: {
  tone?: keyof typeof tones;
  live?: boolean;
  action?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  const Icon = tones[tone].icon;
  return (
    <div
      role={live ? (tone === 'danger' ? 'alert' : 'status') : undefined}
      className={cx('flex items-start gap-2.5 rounded-lg border px-3 py-2 text-sm', tones[tone].look, className)}
    >
      <Icon aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 flex-1">{children}</div>
      {action}
    </div>
  );
}
