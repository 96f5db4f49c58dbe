import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { UserPlus, Users } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, queryKeys } from '../../api.ts';
import { Button } from '../../design/button.tsx';
import { Section } from '../../design/card.tsx';
import { EmptyState } from '../../design/empty-state.tsx';
import { SkeletonList } from '../../design/skeleton.tsx';
import { QueryView } from '../../query-view.tsx';
import { useCan, useWorkspace } from '../../session.tsx';
import { useDocumentTitle } from '../../shell/page-header.tsx';
import { InvitationList } from './invitation-list.tsx';
import { InviteDialog } from './invite-dialog.tsx';
import { MemberRow } from './member-row.tsx';

export function MembersPage() {
  const { t } = useTranslation('workspaces');
  useDocumentTitle(t('members.title'));
  const workspace = useWorkspace();
  if (workspace.kind === 'personal') {
    return (
      <Section title={t('members.title')}>
        <EmptyState
          icon={<Users />}
          title={t('members.personalTitle')}
          description={t('members.personalText')}
          action={
            <Button asChild variant="primary">
              <Link to="/w/$workspaceId/settings/workspace" params={{ workspaceId: workspace.id }} hash="create">
                {t('create.open')}
              </Link>
            </Button>
          }
        />
      </Section>
    );
  }
  return <TeamMembers />;
}

function TeamMembers() {
  const { t } = useTranslation(['workspaces', 'common']);
  const workspace = useWorkspace();
  const mayInvite = useCan('admin');
  const [inviting, setInviting] = useState(false);
  const members = useQuery({
    queryKey: queryKeys.members(workspace.id),
    queryFn: () => client.workspaces.members(workspace.id),
  });
  return (
    <>
      <Section
        title={t('members.title')}
        description={t('members.text', { workspace: workspace.name })}
        actions={
          mayInvite && (
            <Button variant="primary" onClick={() => setInviting(true)}>
              <UserPlus aria-hidden="true" className="size-4" />
              {t('members.invite')}
            </Button>
          )
        }
      >
        <QueryView query={members} pending={<SkeletonList label={t('common:loading')} rowClassName="h-16" />}>
          {({ items }) => (
            <ul className="divide-y divide-line rounded-xl border border-line bg-raised">
              {items.map((member) => (
                <MemberRow key={member.userId} member={member} />
              ))}
            </ul>
          )}
        </QueryView>
      </Section>
      {mayInvite && <InvitationList workspaceId={workspace.id} onInvite={() => setInviting(true)} />}
      {inviting && <InviteDialog workspaceId={workspace.id} onClose={() => setInviting(false)} />}
    </>
  );
}
