import { cx } from './cx.ts';

export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden="true" className={cx('block animate-pulse rounded-md bg-hover', className)} />;
}

/** Rows of the height the loaded list will have, so nothing jumps. The label is announced. */
export function SkeletonList({
  label,
  rows = 3,
  rowClassName = 'h-14',
}: {
  label: string;
  rows?: number;
  rowClassName?: string;
}) {
  return (
    <div role="status" className="flex flex-col gap-2">
      <span className="sr-only">{label}</span>
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} className={cx('w-full rounded-xl', rowClassName)} />
      ))}
    </div>
  );
}
