import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Session } from '@parley/sdk';
import { Monitor, Smartphone } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, queryKeys } from '../../api.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { Card, Section } from '../../design/card.tsx';
import { ConfirmDialog } from '../../design/confirm-dialog.tsx';
import { SkeletonList } from '../../design/skeleton.tsx';
import { useToast } from '../../design/toast.tsx';
import { useFormat } from '../../format.ts';
import { useErrorText } from '../../problems.ts';
import { QueryView } from '../../query-view.tsx';
import { useSignOut } from '../../session.tsx';
import { useDocumentTitle } from '../../shell/page-header.tsx';
import { nameBrowser } from './name-browser.ts';

export function SessionsPage() {
  const { t } = useTranslation(['settings', 'common']);
  useDocumentTitle(t('pages.sessions'));
  const sessions = useQuery({ queryKey: queryKeys.sessions, queryFn: () => client.auth.sessions() });
  const [asking, setAsking] = useState(false);
  const signOut = useSignOut();
  const errorText = useErrorText();
  return (
    <Section title={t('sessions.title')} description={t('sessions.text')}>
      <QueryView query={sessions} pending={<SkeletonList label={t('common:loading')} rows={2} rowClassName="h-17" />}>
        {({ items }) => (
          <ul className="flex flex-col gap-2">
            {[...items]
              .sort((a, b) => Number(b.current) - Number(a.current) || b.createdAt.localeCompare(a.createdAt))
              .map((session) => (
                <SessionRow key={session.id} session={session} />
              ))}
          </ul>
        )}
      </QueryView>
      <Button className="self-start" onClick={() => setAsking(true)}>
        {t('sessions.everywhere')}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t('sessions.everywhereTitle')}
        description={t('sessions.everywhereText')}
        confirmLabel={t('sessions.everywhere')}
        cancelLabel={t('common:cancel')}
        busy={signOut.isPending}
        error={signOut.error && errorText(signOut.error)}
        onConfirm={() => signOut.mutate('everywhere')}
      />
    </Section>
  );
}

function SessionRow({ session }: { session: Session }) {
  const { t } = useTranslation('settings');
  const format = useFormat();
  const queryClient = useQueryClient();
  const toast = useToast();
  const errorText = useErrorText();
  const revoke = useMutation({
    mutationFn: () => client.auth.revokeSession(session.id),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: queryKeys.sessions }),
    onError: (error) => toast.fail(errorText(error)),
  });
  const { name, mobile } = nameBrowser(session.userAgent);
  const Icon = mobile ? Smartphone : Monitor;
  const title = name ?? t('sessions.unknown');
  return (
    <li>
      <Card className="flex min-h-17 items-center gap-3 px-4 py-3">
        <Icon aria-hidden="true" className="size-5 shrink-0 text-faint" />
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-center gap-x-2 font-medium">
            {title}
            {session.current && <Badge tone="success">{t('sessions.current')}</Badge>}
          </p>
          <p className="text-[0.8125rem] text-faint">
            {t('sessions.since', { date: format.dateTime(session.createdAt) })}
          </p>
        </div>
        {!session.current && (
          <Button
            size="sm"
            busy={revoke.isPending}
            aria-label={t('sessions.revokeNamed', { name: title })}
            onClick={() => revoke.mutate()}
          >
            {t('sessions.revoke')}
          </Button>
        )}
      </Card>
    </li>
  );
}
