import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Field } from '../../design/field.tsx';
import { Input } from '../../design/input.tsx';

const suggestions = ['🦊', '🐙', '🦉', '🐝', '🌵', '🍀', '🌊', '🔭', '🎹', '🚲', '☕', '🪐'];

/** Any emoji can be typed or pasted; a dozen are one click away. Empty means initials. */
export function EmojiField({ initial, error }: { initial: string; error?: string }) {
  const { t } = useTranslation('settings');
  const [value, setValue] = useState(initial);
  return (
    <div className="flex flex-col gap-2">
      <Field label={t('profile.avatar')} hint={t('profile.avatarHint')} error={error} className="max-w-60">
        <Input name="avatar" value={value} maxLength={32} onChange={(event) => setValue(event.target.value)} />
      </Field>
      <div role="group" aria-label={t('profile.avatarSuggestions')} className="flex flex-wrap gap-1">
        {suggestions.map((emoji) => (
          <button
            key={emoji}
            type="button"
            aria-pressed={value === emoji}
            className="size-9 rounded-lg text-lg hover:bg-hover aria-pressed:bg-accent-soft aria-pressed:ring-2 aria-pressed:ring-accent"
            onClick={() => setValue(value === emoji ? '' : emoji)}
          >
            {emoji}
          </button>
        ))}
      </div>
    </div>
  );
}
