import { useTranslation } from 'react-i18next';
import { Field } from '../../design/field.tsx';
import { PasswordInput } from '../../design/password-input.tsx';

/** A key is written, never read back: of a stored one only the last four characters are known here. */
export function KeyField({ required, stored, error }: { required: boolean; stored?: string | null; error?: string }) {
  const { t } = useTranslation(['models', 'common']);
  return (
    <Field
      label={t('key.label')}
      note={required ? undefined : t('common:optional')}
      required={required}
      hint={stored === undefined ? t('key.hint') : t('key.keepHint')}
      error={error}
    >
      <PasswordInput
        name="apiKey"
        autoComplete="off"
        placeholder={stored ? `••••${stored}` : undefined}
        showLabel={t('key.show')}
        hideLabel={t('key.hide')}
      />
    </Field>
  );
}
