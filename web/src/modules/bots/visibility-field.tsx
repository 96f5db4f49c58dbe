import type { Bot } from '@parley/sdk';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { visibilityIcons } from './bot-card.tsx';

const visibilities: readonly Bot['visibility'][] = ['private', 'workspace', 'public'];

export interface VisibilityFieldProps {
  value: Bot['visibility'];
  error: string | undefined;
  readOnly: boolean;
  /** Why a choice is closed to this person, or null. */
  obstacle: (visibility: Bot['visibility']) => string | null;
  onChange: (visibility: Bot['visibility']) => void;
}

export function VisibilityField({ value, error, readOnly, obstacle, onChange }: VisibilityFieldProps) {
  const { t } = useTranslation('bots');
  const id = useId();
  return (
    <fieldset aria-describedby={error === undefined ? undefined : `${id}-error`} className="flex flex-col gap-2">
      <legend className="mb-1.5 text-[0.8125rem] font-medium">{t('form.visibility')}</legend>
      {visibilities.map((visibility) => {
        const Icon = visibilityIcons[visibility];
        const reason = visibility === value ? null : obstacle(visibility);
        return (
          <label
            key={visibility}
            className="flex items-start gap-3 rounded-lg border border-line bg-raised px-3 py-2.5 has-checked:border-accent has-checked:bg-accent-soft has-disabled:cursor-not-allowed has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name="visibility"
              value={visibility}
              checked={visibility === value}
              disabled={visibility !== value && (readOnly || reason !== null)}
              aria-invalid={error !== undefined && visibility === value ? true : undefined}
              onChange={() => onChange(visibility)}
              className="sr-only"
            />
            <Icon aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-soft" />
            <span className="min-w-0">
              <span className="block font-medium">{t(`visibility.${visibility}.name`)}</span>
              <span className="block text-[0.8125rem] text-soft">{t(`visibility.${visibility}.text`)}</span>
              {reason !== null && !readOnly && (
                <span className="mt-0.5 block text-[0.8125rem] text-faint">{reason}</span>
              )}
            </span>
          </label>
        );
      })}
      {error !== undefined && (
        <p id={`${id}-error`} className="text-[0.8125rem] text-danger-ink">
          {error}
        </p>
      )}
    </fieldset>
  );
}
