import { AlertDialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { dialogOverlayLook } from './dialog.tsx';
import { useReturnFocus } from './return-focus.ts';

export interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description: ReactNode;
  confirmLabel: string;
  cancelLabel: string;
  onConfirm: () => void;
  danger?: boolean;
  busy?: boolean;
  /** What went wrong with the last attempt; the dialog stays open. */
  error?: string | null;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const returnFocus = useReturnFocus();
  return (
    <Radix.Root open={props.open} onOpenChange={props.onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={dialogOverlayLook} />
        <Radix.Content
          {...returnFocus}
          className="fixed inset-0 z-40 m-auto h-fit w-[calc(100%-2rem)] max-w-md animate-appear rounded-xl border border-line bg-raised p-5 shadow-float"
        >
          <Radix.Title className="text-base font-semibold text-ink">{props.title}</Radix.Title>
          <Radix.Description className="mt-2 text-sm text-soft">{props.description}</Radix.Description>
          {props.error && (
            <p role="alert" className="mt-3 text-sm text-danger-ink">
              {props.error}
            </p>
          )}
          <div className="mt-5 flex flex-wrap justify-end gap-2">
            <Radix.Cancel asChild>
              <Button>{props.cancelLabel}</Button>
            </Radix.Cancel>
            <Button variant={props.danger ? 'danger' : 'primary'} busy={props.busy} onClick={props.onConfirm}>
              {props.confirmLabel}
            </Button>
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
