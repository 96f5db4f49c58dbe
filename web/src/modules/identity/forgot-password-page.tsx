import { Link } from '@tanstack/react-router';
import { MailCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api.ts';
import { Button } from '../../design/button.tsx';
import { Field } from '../../design/field.tsx';
import { Input } from '../../design/input.tsx';
import { FormSummary, useChecks, useForm } from '../../form.tsx';
import { EntryLayout, textLinkLook } from '../../shell/entry-layout.tsx';

export function ForgotPasswordPage() {
  const { t } = useTranslation('identity');
  const checks = useChecks();
  const { form, error, summary, busy, done } = useForm({
    checks: { email: checks.email },
    submit: ({ email }) => client.auth.requestPasswordReset({ email: email.trim() }),
  });
  const back = (
    <Link to="/sign-in" className={textLinkLook}>
      {t('backToSignIn')}
    </Link>
  );
  if (done) {
    return (
      <EntryLayout title={t('forgot.sentTitle')} footer={back}>
        <p role="status" className="flex items-start gap-2.5 text-soft">
          <MailCheck aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-success-ink" />
          {t('forgot.sentText')}
        </p>
      </EntryLayout>
    );
  }
  return (
    <EntryLayout title={t('forgot.title')} description={t('forgot.text')} footer={back}>
      <form {...form} className="flex flex-col gap-4">
        <FormSummary text={summary} />
        <Field label={t('email')} required error={error('email')}>
          <Input name="email" type="email" autoComplete="username" inputMode="email" autoFocus />
        </Field>
        <Button type="submit" variant="primary" size="lg" busy={busy}>
          {t('forgot.submit')}
        </Button>
      </form>
    </EntryLayout>
  );
}
