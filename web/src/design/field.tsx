import { createContext, useContext, useId, type ReactNode } from 'react';
import { cx } from './cx.ts';

interface Wiring {
  id: string;
  describedBy: string | undefined;
  invalid: boolean;
  required: boolean;
}
const FieldContext = createContext<Wiring | null>(null);

/** What a control inside a Field must carry; explicit props win. */
export function useFieldControl(own: { id?: string; 'aria-describedby'?: string; required?: boolean }) {
  const field = useContext(FieldContext);
  if (!field) return {};
  return {
    id: own.id ?? field.id,
    'aria-describedby': own['aria-describedby'] ?? field.describedBy,
    'aria-invalid': field.invalid || undefined,
    required: own.required ?? (field.required || undefined),
  };
}

export interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | null;
  required?: boolean;
  /** Shown after the label, for example "optional". */
  note?: ReactNode;
  hideLabel?: boolean;
  className?: string;
  children: ReactNode;
}

/** Label, hint and error of one control, tied together for screen readers. */
export function Field({ label, hint, error, required = false, note, hideLabel, className, children }: FieldProps) {
  const id = useId();
  const hintId = `${id}-hint`;
  const errorId = `${id}-error`;
  const describedBy = [error ? errorId : null, hint ? hintId : null].filter(Boolean).join(' ') || undefined;
  return (
    <div className={cx('flex flex-col gap-1.5', className)}>
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'text-[0.8125rem] font-medium text-ink'}>
        {label}
        {note && <span className="ms-1.5 font-normal text-faint">{note}</span>}
      </label>
      <FieldContext value={{ id, describedBy, invalid: Boolean(error), required }}>{children}</FieldContext>
      {error && (
        <p id={errorId} className="text-[0.8125rem] text-danger-ink">
          {error}
        </p>
      )}
      {hint && (
        <p id={hintId} className="text-[0.8125rem] text-faint">
          {hint}
        </p>
      )}
    </div>
  );
}
