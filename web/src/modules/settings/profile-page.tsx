import { useTranslation } from 'react-i18next';
import { client } from '../../api.ts';
import { Avatar } from '../../design/avatar.tsx';
import { Button } from '../../design/button.tsx';
import { Section } from '../../design/card.tsx';
import { Field } from '../../design/field.tsx';
import { Input } from '../../design/input.tsx';
import { PasswordInput } from '../../design/password-input.tsx';
import { useToast } from '../../design/toast.tsx';
import { FormSummary, useChecks, useForm } from '../../form.tsx';
import { useUpdateMe, useUser } from '../../session.tsx';
import { useDocumentTitle } from '../../shell/page-header.tsx';
import { EmojiField } from './emoji-field.tsx';

export function ProfilePage() {
  const { t } = useTranslation('settings');
  useDocumentTitle(t('pages.profile'));
  return (
    <>
      <ProfileForm />
      <PasswordForm />
    </>
  );
}

function ProfileForm() {
  const { t } = useTranslation(['settings', 'common']);
  const user = useUser();
  const update = useUpdateMe();
  const toast = useToast();
  const checks = useChecks();
  const { form, error, summary, busy } = useForm({
    checks: { name: checks.required, avatar: null },
    submit: ({ name, avatar }) => update.mutateAsync({ name: name.trim(), avatar: avatar.trim() || null }),
    onSuccess: () => toast.show(t('common:saved')),
  });
  return (
    <Section title={t('profile.title')} description={t('profile.text')}>
      <form {...form} className="flex flex-col gap-4">
        <FormSummary text={summary} />
        <div className="flex items-center gap-4">
          <Avatar name={user.name} emoji={user.avatar} size="lg" />
          <div className="min-w-0">
            <p className="truncate font-medium">{user.name}</p>
            <p className="truncate text-soft">{user.email}</p>
          </div>
        </div>
        <Field label={t('profile.name')} required error={error('name')}>
          <Input name="name" autoComplete="name" maxLength={80} defaultValue={user.name} />
        </Field>
        <EmojiField initial={user.avatar ?? ''} error={error('avatar')} />
        <Button type="submit" variant="primary" busy={busy} className="self-start">
          {t('common:save')}
        </Button>
      </form>
    </Section>
  );
}

function PasswordForm() {
  const { t } = useTranslation(['settings', 'identity']);
  const toast = useToast();
  const checks = useChecks();
  const { form, error, summary, busy } = useForm({
    checks: { currentPassword: checks.required, newPassword: checks.newPassword },
    submit: ({ currentPassword, newPassword }) => client.auth.changePassword({ currentPassword, newPassword }),
    onSuccess: (_result, element) => {
      element.reset();
      toast.show(t('password.done'));
    },
  });
  const labels = { showLabel: t('identity:showPassword'), hideLabel: t('identity:hidePassword') };
  return (
    <Section title={t('password.title')} description={t('password.text')}>
      <form {...form} className="flex flex-col gap-4">
        <FormSummary text={summary} />
        <Field label={t('password.current')} required error={error('currentPassword')}>
          <PasswordInput name="currentPassword" autoComplete="current-password" {...labels} />
        </Field>
        <Field
          label={t('identity:newPassword')}
          required
          error={error('newPassword')}
          hint={t('identity:passwordHint')}
        >
          <PasswordInput name="newPassword" autoComplete="new-password" {...labels} />
        </Field>
        <Button type="submit" busy={busy} className="self-start">
          {t('password.submit')}
        </Button>
      </form>
    </Section>
  );
}
