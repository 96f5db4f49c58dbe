import type { ReactNode } from 'react';

export function EmptyState({
  icon,
  title,
  description,
  action,
}: {
  icon?: ReactNode;
  title: string;
  description?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-2 rounded-xl border border-dashed border-line px-6 py-10 text-center">
      {icon && (
        <span aria-hidden="true" className="mb-1 text-faint [&_svg]:size-7">
          {icon}
        </span>
      )}
      <p className="font-medium text-ink">{title}</p>
      {description && <p className="max-w-md text-soft">{description}</p>}
      {action && <div className="mt-3 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}
