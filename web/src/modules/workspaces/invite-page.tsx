import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useLocation, useRouter } from '@tanstack/react-router';
import { ParleyError, type InvitationPreview } from '@parley/sdk';
import { useTranslation } from 'react-i18next';
import { client, queryKeys } from '../../api.ts';
import { Button } from '../../design/button.tsx';
import { ErrorState } from '../../design/error-state.tsx';
import { FormSummary } from '../../form.tsx';
import { useErrorText } from '../../problems.ts';
import { meQuery } from '../../session.tsx';
import { EntryLayout } from '../../shell/entry-layout.tsx';
import { PagePending } from '../../shell/page-pending.tsx';

const deadCodes = ['not_found', 'conflict', 'unprocessable', 'invalid_request'];

/** Opened from a link as `/invite#<token>`: whoever is signed in joins, others first get an account or sign in. */
export function InvitePage() {
  const { t } = useTranslation(['workspaces', 'common']);
  const errorText = useErrorText();
  const token = useLocation({ select: (location) => location.hash });
  const me = useQuery({ ...meQuery, retry: false });
  const preview = useQuery({
    queryKey: queryKeys.invitation(token),
    queryFn: () => client.invitations.preview({ token }),
    enabled: token !== '',
    retry: false,
  });
  const failure = preview.error;
  if (!token || (failure instanceof ParleyError && deadCodes.includes(failure.code))) {
    return (
      <EntryLayout title={t('invite.deadTitle')}>
        <p role="alert" className="text-soft">
          {t('invite.deadText')}
        </p>
        <Button asChild size="lg">
          <Link to="/">{t('invite.home')}</Link>
        </Button>
      </EntryLayout>
    );
  }
  if (failure) {
    return (
      <EntryLayout title={t('invite.loadTitle')}>
        <ErrorState
          title={t('common:loadFailed')}
          description={errorText(failure)}
          retryLabel={t('common:retry')}
          onRetry={() => void preview.refetch()}
        />
      </EntryLayout>
    );
  }
  if (!preview.data || me.isPending) return <PagePending />;
  return <Invitation token={token} preview={preview.data} signedInAs={me.data?.user.email} />;
}

function Invitation(props: { token: string; preview: InvitationPreview; signedInAs: string | undefined }) {
  const { token, preview, signedInAs } = props;
  const { t } = useTranslation(['workspaces', 'common']);
  const errorText = useErrorText();
  const queryClient = useQueryClient();
  const router = useRouter();
  const accept = useMutation({
    mutationFn: () => client.invitations.accept({ token }),
    onSuccess: async (workspace) => {
      await queryClient.query({ ...meQuery, staleTime: 0 });
      await router.navigate({ to: '/w/$workspaceId/chat', params: { workspaceId: workspace.id }, replace: true });
    },
  });
  const wrongAccount = accept.error instanceof ParleyError && accept.error.code === 'forbidden';
  const failure = accept.error && (wrongAccount ? t('invite.wrongAccount') : errorText(accept.error));
  const role = t(`common:role.${preview.role}`);
  return (
    <EntryLayout
      title={t('invite.title', { workspace: preview.workspaceName })}
      description={t('invite.text', { name: preview.inviterName, role })}
      footer={signedInAs && <span>{t('invite.signedInAs', { email: signedInAs })}</span>}
    >
      <FormSummary text={failure} />
      {signedInAs ? (
        <Button variant="primary" size="lg" busy={accept.isPending} onClick={() => accept.mutate()}>
          {t('invite.join')}
        </Button>
      ) : (
        <div className="flex flex-col gap-2">
          <Button asChild variant="primary" size="lg">
            <Link to="/sign-up" hash={token}>
              {t('invite.signUp')}
            </Link>
          </Button>
          <Button asChild size="lg">
            <Link to="/sign-in" search={{ redirect: '/invite' }} hash={token}>
              {t('invite.signIn')}
            </Link>
          </Button>
        </div>
      )}
    </EntryLayout>
  );
}
