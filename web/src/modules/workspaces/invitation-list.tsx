import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Invitation } from '@parley/sdk';
import { Link2, Mail } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { client, queryKeys } from '../../api.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { Section } from '../../design/card.tsx';
import { EmptyState } from '../../design/empty-state.tsx';
import { SkeletonList } from '../../design/skeleton.tsx';
import { useToast } from '../../design/toast.tsx';
import { useFormat } from '../../format.ts';
import { useErrorText } from '../../problems.ts';
import { QueryView } from '../../query-view.tsx';

export function InvitationList({ workspaceId, onInvite }: { workspaceId: string; onInvite: () => void }) {
  const { t } = useTranslation(['workspaces', 'common']);
  const invitations = useQuery({
    queryKey: queryKeys.invitations(workspaceId),
    queryFn: () => client.workspaces.invitations(workspaceId),
  });
  return (
    <Section title={t('invitations.title')} description={t('invitations.text')}>
      <QueryView
        query={invitations}
        pending={<SkeletonList label={t('common:loading')} rows={1} rowClassName="h-16" />}
      >
        {({ items }) => {
          const pending = items.filter((invitation) => invitation.acceptedAt === null);
          if (pending.length === 0) {
            return (
              <EmptyState
                title={t('invitations.none')}
                action={<Button onClick={onInvite}>{t('members.invite')}</Button>}
              />
            );
          }
          return (
            <ul className="divide-y divide-line rounded-xl border border-line bg-raised">
              {pending.map((invitation) => (
                <InvitationRow key={invitation.id} invitation={invitation} workspaceId={workspaceId} />
              ))}
            </ul>
          );
        }}
      </QueryView>
    </Section>
  );
}

function InvitationRow({ invitation, workspaceId }: { invitation: Invitation; workspaceId: string }) {
  const { t } = useTranslation(['workspaces', 'common']);
  const format = useFormat();
  const queryClient = useQueryClient();
  const toast = useToast();
  const errorText = useErrorText();
  const revoke = useMutation({
    mutationFn: () => client.workspaces.revokeInvitation(workspaceId, invitation.id),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: queryKeys.invitations(workspaceId) }),
    onError: (error) => toast.fail(errorText(error)),
  });
  const Icon = invitation.email ? Mail : Link2;
  const name = invitation.email ?? t('invitations.anyone');
  const expired = new Date(invitation.expiresAt) < new Date();
  return (
    <li className="flex min-h-16 flex-wrap items-center gap-x-3 gap-y-2 px-4 py-2.5">
      <Icon aria-hidden="true" className="size-5 shrink-0 text-faint" />
      <div className="min-w-0 flex-1 basis-40">
        <p className="truncate font-medium">{name}</p>
        <p className="text-[0.8125rem] text-faint">
          {expired ? (
            <Badge tone="warning">{t('invitations.expired')}</Badge>
          ) : (
            t('invitations.expires', { date: format.date(invitation.expiresAt) })
          )}
        </p>
      </div>
      <Badge>{t(`common:role.${invitation.role}`)}</Badge>
      <Button
        size="sm"
        busy={revoke.isPending}
        aria-label={t('invitations.revokeNamed', { name })}
        onClick={() => revoke.mutate()}
      >
        {t('invitations.revoke')}
      </Button>
    </li>
  );
}
