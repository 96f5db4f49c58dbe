import { useTranslation } from 'react-i18next';
import { Avatar } from '../../design/avatar.tsx';
import { Field } from '../../design/field.tsx';
import { Input } from '../../design/input.tsx';

const suggestions = [
  '🤖',
  '💻',
  '✍️',
  '📊',
  '🔎',
  '🎧',
  '🛠️',
  '🧭',
  '🦉',
  '🦊',
  '🐙',
  '🐝',
  '🌱',
  '🔭',
  '🎨',
  '📚',
  '⚖️',
  '🍳',
];

export interface AvatarPickerProps {
  name: string;
  value: string;
  error: string | undefined;
  readOnly: boolean;
  onChange: (value: string) => void;
}

export function AvatarPicker({ name, value, error, readOnly, onChange }: AvatarPickerProps) {
  const { t } = useTranslation('bots');
  return (
    <div className="flex flex-col gap-2">
      <div className="flex items-end gap-3">
        <Avatar name={name || '?'} emoji={value} size="lg" className="size-14 !text-2xl" />
        <Field
          label={t('form.avatar')}
          hint={readOnly ? undefined : t('form.avatarHint')}
          error={error}
          className="flex-1"
        >
          <Input
            name="avatar"
            value={value}
            maxLength={32}
            readOnly={readOnly}
            className="max-w-24 text-center"
            onChange={(event) => onChange(event.target.value)}
          />
        </Field>
      </div>
      {!readOnly && (
        <div role="group" aria-label={t('form.avatarSuggestions')} className="flex flex-wrap gap-1">
          {suggestions.map((emoji) => (
            <button
              key={emoji}
              type="button"
              aria-label={emoji}
              aria-pressed={value === emoji}
              onClick={() => onChange(emoji)}
              className="size-9 rounded-lg text-lg hover:bg-hover aria-pressed:bg-accent-soft aria-pressed:ring-2 aria-pressed:ring-accent max-md:size-11"
            >
              {emoji}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
