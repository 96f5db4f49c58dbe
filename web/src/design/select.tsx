import { ChevronDown } from 'lucide-react';
import type { ComponentProps } from 'react';
import { controlLook } from './control.ts';
import { cx } from './cx.ts';
import { useFieldControl } from './field.tsx';

/** The platform's own select: keyboard, screen reader and phone pickers come for free. */
export function Select({ className, children, ...rest }: ComponentProps<'select'>) {
  const wired = useFieldControl(rest);
  return (
    <span className={cx('relative block', className)}>
      <select {...rest} {...wired} className={cx(controlLook, 'h-9 appearance-none truncate pe-8 max-md:h-11')}>
        {children}
      </select>
      <ChevronDown
        aria-hidden="true"
        className="pointer-events-none absolute inset-y-0 end-2.5 my-auto size-4 text-soft"
      />
    </span>
  );
}
