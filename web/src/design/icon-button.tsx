import type { ComponentProps, ReactNode } from 'react';
import { cx } from './cx.ts';
import { Tooltip, type Side } from './tooltip.tsx';

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  /** Accessible name, also shown as the tooltip. */
  label: string;
  children: ReactNode;
  size?: 'sm' | 'md';
  variant?: 'ghost' | 'solid' | 'outline';
  /** Shown instead of the label; `false` shows none. */
  tooltip?: ReactNode;
  tooltipSide?: Side;
}

const variants = {
  ghost: 'text-soft hover:not-disabled:bg-hover hover:not-disabled:text-ink data-[state=open]:bg-hover',
  solid: 'bg-accent text-on-accent hover:not-disabled:bg-accent-hover',
  outline: 'border border-line bg-raised text-soft hover:not-disabled:bg-hover hover:not-disabled:text-ink',
};

export function IconButton({
  label,
  children,
  size = 'md',
  variant = 'ghost',
  tooltip = true,
  tooltipSide,
  className,
  ...rest
}: IconButtonProps) {
  const button = (
    <button
      type="button"
      aria-label={label}
      {...rest}
      className={cx(
        'inline-flex shrink-0 items-center justify-center rounded-lg transition-colors disabled:cursor-not-allowed disabled:opacity-50',
        size === 'sm' ? 'size-7 [&_svg]:size-4' : 'size-9 [&_svg]:size-[1.125rem]',
        variants[variant],
        className,
      )}
    >
      {children}
    </button>
  );
  if (tooltip === false) return button;
  return (
    <Tooltip content={tooltip === true ? label : tooltip} side={tooltipSide}>
      {button}
    </Tooltip>
  );
}
