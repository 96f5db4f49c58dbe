import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Link, useLocation, useRouter, useSearch } from '@tanstack/react-router';
import { ParleyError } from '@parley/sdk';
import { useTranslation } from 'react-i18next';
import { client } from '../../api.ts';
import { Button } from '../../design/button.tsx';
import { Field } from '../../design/field.tsx';
import { Input } from '../../design/input.tsx';
import { PasswordInput } from '../../design/password-input.tsx';
import { FormSummary, useChecks, useForm } from '../../form.tsx';
import { acceptMe, setupQuery } from '../../session.tsx';
import { EntryLayout, textLinkLook } from '../../shell/entry-layout.tsx';

export function SignInPage() {
  const { t } = useTranslation('identity');
  const queryClient = useQueryClient();
  const router = useRouter();
  const setup = useSuspenseQuery(setupQuery).data;
  const search = useSearch({ from: '/sign-in' });
  const hash = useLocation({ select: (location) => location.hash });
  const checks = useChecks();
  const { form, error, summary, failure, busy } = useForm({
    checks: { email: checks.email, password: checks.required },
    submit: ({ email, password }) => client.auth.signIn({ email: email.trim(), password }),
    onSuccess: (me) => {
      acceptMe(queryClient, me);
      // An invitation's token travels in the fragment, so that it never reaches a log.
      router.history.push((search.redirect ?? '/') + (search.redirect && hash ? `#${hash}` : ''));
    },
  });
  const wrong = failure instanceof ParleyError && failure.code === 'unauthenticated';
  return (
    <EntryLayout
      title={t('signIn.title')}
      footer={
        setup.signUp === 'open' && (
          <span>
            {t('signIn.noAccount')}{' '}
            <Link to="/sign-up" className={textLinkLook}>
              {t('signIn.create')}
            </Link>
          </span>
        )
      }
    >
      <form {...form} className="flex flex-col gap-4">
        <FormSummary text={wrong ? t('signIn.wrong') : summary} />
        <Field label={t('email')} required error={error('email')}>
          <Input name="email" type="email" autoComplete="username" inputMode="email" autoFocus />
        </Field>
        <Field label={t('password')} required error={error('password')}>
          <PasswordInput
            name="password"
            autoComplete="current-password"
            showLabel={t('showPassword')}
            hideLabel={t('hidePassword')}
          />
        </Field>
        <Button type="submit" variant="primary" size="lg" busy={busy}>
          {t('signIn.submit')}
        </Button>
        <Link to="/forgot-password" className={`${textLinkLook} self-center`}>
          {t('signIn.forgot')}
        </Link>
      </form>
    </EntryLayout>
  );
}
