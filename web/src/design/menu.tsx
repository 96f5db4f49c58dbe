import { Check } from 'lucide-react';
import { DropdownMenu as Radix } from 'radix-ui';
import type { ComponentProps, ReactElement, ReactNode } from 'react';
import { cx } from './cx.ts';

export function Menu({
  trigger,
  align = 'start',
  side,
  className,
  children,
}: {
  /** A button; the menu returns focus to it. */
  trigger: ReactElement;
  align?: 'start' | 'center' | 'end';
  side?: 'top' | 'right' | 'bottom' | 'left';
  className?: string;
  children: ReactNode;
}) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className={cx(
            'z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-44 animate-fade overflow-y-auto rounded-xl border border-line bg-raised p-1 shadow-float',
            className,
          )}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

const itemLook =
  'flex min-h-8 select-none items-center gap-2 rounded-lg px-2 py-1 text-sm outline-none max-md:min-h-11 ' +
  'data-[highlighted]:bg-hover data-[disabled]:opacity-50 cursor-pointer data-[disabled]:cursor-not-allowed [&>svg]:size-4 [&>svg]:shrink-0';

export function MenuItem({ danger, className, ...rest }: ComponentProps<typeof Radix.Item> & { danger?: boolean }) {
  return <Radix.Item {...rest} className={cx(itemLook, danger ? 'text-danger-ink' : 'text-ink', className)} />;
}

/** One of several choices; the chosen one carries a tick. */
export function MenuChoice({ checked, children, ...rest }: ComponentProps<typeof Radix.Item> & { checked: boolean }) {
  return (
    <Radix.CheckboxItem
      checked={checked}
      onSelect={rest.onSelect}
      disabled={rest.disabled}
      className={cx(itemLook, 'text-ink', rest.className)}
    >
      <span className="flex min-w-0 flex-1 items-center gap-2">{children}</span>
      <Check aria-hidden="true" className={checked ? '' : 'invisible'} />
    </Radix.CheckboxItem>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2 pt-1.5 pb-1 text-xs font-medium text-faint">{children}</Radix.Label>;
}

export function MenuSeparator() {
  return <Radix.Separator className="my-1 h-px bg-line" />;
}
