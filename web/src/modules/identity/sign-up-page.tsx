import { useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Link, useLocation, useRouter } from '@tanstack/react-router';
import type { InvitationPreview, Me, Setup } from '@parley/sdk';
import { useTranslation } from 'react-i18next';
import { client, queryKeys } from '../../api.ts';
import { Banner } from '../../design/banner.tsx';
import { Button } from '../../design/button.tsx';
import { Field } from '../../design/field.tsx';
import { Input } from '../../design/input.tsx';
import { FormSummary, useChecks, useForm } from '../../form.tsx';
import { acceptMe, rememberWorkspace, setupQuery } from '../../session.tsx';
import { EntryLayout, textLinkLook } from '../../shell/entry-layout.tsx';
import { PagePending } from '../../shell/page-pending.tsx';
import { NewPasswordField } from './new-password-field.tsx';

/** Three ways in: the owner of a fresh installation, an invitation (`/sign-up#<token>`), or open sign-up. */
export function SignUpPage() {
  const setup = useSuspenseQuery(setupQuery).data;
  const token = useLocation({ select: (location) => location.hash });
  const wantsInvitation = Boolean(token) && !setup.needsOwner;
  const invitation = useQuery({
    queryKey: queryKeys.invitation(token),
    queryFn: () => client.invitations.preview({ token }),
    enabled: wantsInvitation,
    retry: false,
  });
  if (wantsInvitation && invitation.isPending) return <PagePending />;
  if (!setup.needsOwner && !invitation.data && (setup.signUp === 'invitation' || invitation.isError)) {
    return <InvitationNeeded dead={invitation.isError} />;
  }
  return <SignUpForm setup={setup} token={token} invitation={invitation.data} />;
}

function InvitationNeeded({ dead }: { dead: boolean }) {
  const { t } = useTranslation('identity');
  return (
    <EntryLayout title={t(dead ? 'signUp.deadTitle' : 'signUp.closedTitle')} footer={<SignInLink />}>
      <p className="text-soft">{t(dead ? 'signUp.deadText' : 'signUp.closedText')}</p>
    </EntryLayout>
  );
}

function SignInLink() {
  const { t } = useTranslation('identity');
  return (
    <span>
      {t('signUp.haveAccount')}{' '}
      <Link to="/sign-in" className={textLinkLook}>
        {t('signIn.submit')}
      </Link>
    </span>
  );
}

function SignUpForm({ setup, token, invitation }: { setup: Setup; token: string; invitation?: InvitationPreview }) {
  const { t } = useTranslation('identity');
  const queryClient = useQueryClient();
  const router = useRouter();
  const checks = useChecks();
  const { form, error, summary, busy } = useForm({
    checks: { name: checks.required, email: checks.email, password: checks.newPassword },
    submit: ({ name, email, password }) =>
      client.auth.signUp({
        name: name.trim(),
        email: email.trim(),
        password,
        ...(invitation ? { invitation: token } : {}),
      }),
    onSuccess: (me: Me) => {
      queryClient.clear();
      acceptMe(queryClient, me);
      const joined = invitation && me.workspaces.find((workspace) => workspace.kind === 'team');
      if (joined) rememberWorkspace(joined.id);
      void router.navigate({ to: '/', replace: true });
    },
  });
  const title = setup.needsOwner
    ? t('signUp.ownerTitle')
    : invitation
      ? t('signUp.joinTitle', { workspace: invitation.workspaceName })
      : t('signUp.title');
  return (
    <EntryLayout
      title={title}
      description={
        setup.needsOwner ? t('signUp.ownerText') : invitation && t('signUp.joinText', { name: invitation.inviterName })
      }
      footer={!setup.needsOwner && <SignInLink />}
    >
      <form {...form} className="flex flex-col gap-4">
        <FormSummary text={summary} />
        <Field label={t('name')} required error={error('name')}>
          <Input name="name" autoComplete="name" maxLength={80} autoFocus />
        </Field>
        <Field label={t('email')} required error={error('email')}>
          <Input
            name="email"
            type="email"
            autoComplete="username"
            inputMode="email"
            defaultValue={invitation?.email ?? ''}
            readOnly={Boolean(invitation?.email)}
          />
        </Field>
        <NewPasswordField name="password" error={error('password')} />
        <Button type="submit" variant="primary" size="lg" busy={busy}>
          {setup.needsOwner ? t('signUp.ownerSubmit') : t('signUp.submit')}
        </Button>
        {setup.needsOwner && <Banner>{t('signUp.ownerNote')}</Banner>}
      </form>
    </EntryLayout>
  );
}
