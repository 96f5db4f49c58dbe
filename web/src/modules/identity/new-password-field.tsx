import { useTranslation } from 'react-i18next';
import { Field } from '../../design/field.tsx';
import { PasswordInput } from '../../design/password-input.tsx';

/** A password being chosen: what is asked of it is said before it is typed. */
export function NewPasswordField({ name, label, error }: { name: string; label?: string; error?: string }) {
  const { t } = useTranslation('identity');
  return (
    <Field label={label ?? t('password')} required error={error} hint={t('passwordHint')}>
      <PasswordInput
        name={name}
        autoComplete="new-password"
        showLabel={t('showPassword')}
        hideLabel={t('hidePassword')}
      />
    </Field>
  );
}
