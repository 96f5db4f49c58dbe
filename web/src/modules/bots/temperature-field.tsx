import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Switch } from '../../design/switch.tsx';
import { limits } from './bot-draft.ts';

const middle = 0.7;
const clamp = (value: number): number => Math.min(limits.temperature, Math.max(0, Math.round(value * 100) / 100));

export interface TemperatureFieldProps {
  value: number | null;
  error: string | undefined;
  readOnly: boolean;
  onChange: (value: number | null) => void;
}

export function TemperatureField({ value, error, readOnly, onChange }: TemperatureFieldProps) {
  const { t } = useTranslation('bots');
  const id = useId();
  return (
    <div className="flex flex-col gap-2">
      <Switch
        label={t('form.temperature')}
        hint={value === null ? t('form.temperatureOff') : t('form.temperatureHint')}
        checked={value !== null}
        disabled={readOnly}
        onCheckedChange={(isOn) => onChange(isOn ? middle : null)}
      />
      {value !== null && (
        <div className="flex items-center gap-3">
          <input
            type="range"
            aria-label={t('form.temperatureSlider')}
            min={0}
            max={limits.temperature}
            step={0.1}
            value={value}
            disabled={readOnly}
            onChange={(event) => onChange(clamp(event.target.valueAsNumber))}
            className="h-6 min-w-0 flex-1 accent-accent"
          />
          <input
            id={id}
            type="number"
            aria-label={t('form.temperature')}
            aria-invalid={error !== undefined || undefined}
            min={0}
            max={limits.temperature}
            step={0.05}
            value={value}
            readOnly={readOnly}
            onChange={(event) =>
              Number.isFinite(event.target.valueAsNumber) && onChange(clamp(event.target.valueAsNumber))
            }
            className="h-9 w-20 rounded-lg border border-line-strong bg-page px-2 text-end text-sm tabular-nums read-only:bg-sunken max-md:h-11 max-md:text-base"
          />
        </div>
      )}
      {error !== undefined && <p className="text-[0.8125rem] text-danger-ink">{error}</p>}
    </div>
  );
}
