import { cx } from './cx.ts';

/** Decorative unless a label is given; then it is announced. */
export function Spinner({ label, className }: { label?: string; className?: string }) {
  return (
    <span role={label ? 'status' : undefined} className={cx('inline-flex size-4 shrink-0', className)}>
      <span
        aria-hidden="true"
        className="size-full animate-spin rounded-full border-2 border-current border-r-transparent opacity-70"
      />
      {label && <span className="sr-only">{label}</span>}
    </span>
  );
}
