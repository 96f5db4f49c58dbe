import { Link, useLocation, useRouter } from '@tanstack/react-router';
import { ParleyError } from '@parley/sdk';
import { useTranslation } from 'react-i18next';
import { client } from '../../api.ts';
import { Button } from '../../design/button.tsx';
import { useToast } from '../../design/toast.tsx';
import { FormSummary, useChecks, useForm } from '../../form.tsx';
import { EntryLayout, textLinkLook } from '../../shell/entry-layout.tsx';
import { NewPasswordField } from './new-password-field.tsx';

/** A used, expired or mistyped link; the server answers all of them alike. */
function isDeadLink(failure: unknown): boolean {
  return (
    failure instanceof ParleyError &&
    ['not_found', 'unprocessable', 'conflict', 'unauthenticated', 'forbidden'].includes(failure.code) &&
    failure.errors.length === 0
  );
}

/** Opened from a mail as `/reset-password#<token>`. */
export function ResetPasswordPage() {
  const { t } = useTranslation('identity');
  const token = useLocation({ select: (location) => location.hash });
  const router = useRouter();
  const toast = useToast();
  const checks = useChecks();
  const { form, error, summary, failure, busy } = useForm({
    checks: { password: checks.newPassword },
    submit: ({ password }) => client.auth.resetPassword({ token, password }),
    onSuccess: () => {
      toast.show(t('reset.done'));
      void router.navigate({ to: '/sign-in', replace: true });
    },
  });
  if (!token || isDeadLink(failure)) {
    return (
      <EntryLayout title={t('reset.deadTitle')}>
        <p role="alert" className="text-soft">
          {t('reset.deadText')}
        </p>
        <Button asChild variant="primary" size="lg">
          <Link to="/forgot-password">{t('reset.again')}</Link>
        </Button>
      </EntryLayout>
    );
  }
  return (
    <EntryLayout
      title={t('reset.title')}
      description={t('reset.text')}
      footer={
        <Link to="/sign-in" className={textLinkLook}>
          {t('backToSignIn')}
        </Link>
      }
    >
      <form {...form} className="flex flex-col gap-4">
        <FormSummary text={summary} />
        <NewPasswordField name="password" label={t('newPassword')} error={error('password')} />
        <Button type="submit" variant="primary" size="lg" busy={busy}>
          {t('reset.submit')}
        </Button>
      </form>
    </EntryLayout>
  );
}
