import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { createContext, useCallback, useContext, useMemo, useRef, useState, type ReactNode } from 'react';
import { cx } from './cx.ts';

interface Toast {
  id: number;
  tone: 'neutral' | 'danger';
  text: string;
  action?: { label: string; onSelect: () => void };
}
export interface Toasts {
  show: (text: string, action?: Toast['action']) => void;
  /** Stays longer and is announced at once. */
  fail: (text: string) => void;
}
const ToastContext = createContext<Toasts | null>(null);

export function useToast(): Toasts {
  const toasts = useContext(ToastContext);
  if (!toasts) throw new Error('useToast needs a ToastProvider above it');
  return toasts;
}

/** Short confirmations in a corner. Anything a person must act on belongs in the page instead. */
export function ToastProvider({ dismissLabel, children }: { dismissLabel: string; children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const nextId = useRef(1);
  const dismiss = useCallback((id: number) => setToasts((all) => all.filter((toast) => toast.id !== id)), []);
  const add = useCallback(
    (toast: Omit<Toast, 'id'>) => {
      const id = nextId.current++;
      setToasts((all) => [...all.slice(-2), { ...toast, id }]);
      setTimeout(() => dismiss(id), toast.tone === 'danger' || toast.action ? 10_000 : 5_000);
    },
    [dismiss],
  );
  const value = useMemo<Toasts>(
    () => ({
      show: (text, action) => add({ tone: 'neutral', text, action }),
      fail: (text) => add({ tone: 'danger', text }),
    }),
    [add],
  );
  return (
    <ToastContext value={value}>
      {children}
      <div className="pointer-events-none fixed inset-x-4 bottom-4 z-50 flex flex-col items-center gap-2 md:inset-x-auto md:end-4 md:items-end">
        <div aria-live="polite" className="contents">
          {toasts.filter((toast) => toast.tone === 'neutral').map(render)}
        </div>
        {toasts.filter((toast) => toast.tone === 'danger').map(render)}
      </div>
    </ToastContext>
  );

  function render(toast: Toast) {
    const Icon = toast.tone === 'danger' ? CircleAlert : CircleCheck;
    return (
      <div
        key={toast.id}
        role={toast.tone === 'danger' ? 'alert' : undefined}
        className="pointer-events-auto flex max-w-sm animate-appear items-center gap-2.5 rounded-xl border border-line bg-raised py-2 ps-3 pe-2 text-sm shadow-float"
      >
        <Icon
          aria-hidden="true"
          className={cx('size-4 shrink-0', toast.tone === 'danger' ? 'text-danger-ink' : 'text-success-ink')}
        />
        <p className="min-w-0 flex-1">{toast.text}</p>
        {toast.action && (
          <button
            type="button"
            className="rounded-md px-2 py-1 font-medium text-accent-ink hover:bg-hover"
            onClick={() => {
              toast.action?.onSelect();
              dismiss(toast.id);
            }}
          >
            {toast.action.label}
          </button>
        )}
        <button
          type="button"
          aria-label={dismissLabel}
          className="inline-flex size-7 items-center justify-center rounded-md text-soft hover:bg-hover"
          onClick={() => dismiss(toast.id)}
        >
          <X aria-hidden="true" className="size-4" />
        </button>
      </div>
    );
  }
}
