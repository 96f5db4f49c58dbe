import type { ComponentProps } from 'react';
import { controlLook } from './control.ts';
import { cx } from './cx.ts';
import { useFieldControl } from './field.tsx';

export function Textarea({ className, rows = 4, ...rest }: ComponentProps<'textarea'>) {
  const wired = useFieldControl(rest);
  return (
    <textarea
      rows={rows}
      {...rest}
      {...wired}
      className={cx(controlLook, 'py-2 leading-5 read-only:bg-sunken', className)}
    />
  );
}
