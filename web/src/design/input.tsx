import type { ComponentProps } from 'react';
import { controlLook } from './control.ts';
import { cx } from './cx.ts';
import { useFieldControl } from './field.tsx';

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  const wired = useFieldControl(rest);
  return <input {...rest} {...wired} className={cx(controlLook, 'h-9 read-only:bg-sunken max-md:h-11', className)} />;
}
