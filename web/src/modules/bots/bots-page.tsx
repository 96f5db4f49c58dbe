import { Link } from '@tanstack/react-router';
import { Bot as BotIcon, Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useWorkspaceId } from '../../api.ts';
import { Button } from '../../design/button.tsx';
import { EmptyState } from '../../design/empty-state.tsx';
import { SkeletonList } from '../../design/skeleton.tsx';
import { QueryView } from '../../query-view.tsx';
import { useCan } from '../../session.tsx';
import { PageHeader } from '../../shell/page-header.tsx';
import { BotCard } from './bot-card.tsx';
import { useBots, useModels } from './bot-queries.ts';

export function BotsPage() {
  const { t } = useTranslation('bots');
  const workspaceId = useWorkspaceId();
  const canCreate = useCan('member');
  const bots = useBots();
  const models = useModels();
  const create = canCreate && (
    <Button asChild variant="primary" size="sm">
      <Link to="/w/$workspaceId/bots/new" params={{ workspaceId }}>
        <Plus aria-hidden="true" className="size-4" />
        {t('create')}
      </Link>
    </Button>
  );
  return (
    <>
      <PageHeader title={t('title')}>{create}</PageHeader>
      <div className="mx-auto flex w-full max-w-5xl flex-col gap-4 px-4 pt-2 pb-10 md:px-6">
        <p className="text-soft">{t('intro')}</p>
        <QueryView query={bots} pending={<SkeletonList label={t('loading')} rowClassName="h-28" />}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState icon={<BotIcon />} title={t('none')} description={t('noneText')} action={create} />
            ) : (
              <ul aria-label={t('title')} className="grid grid-cols-1 gap-3 sm:grid-cols-2 xl:grid-cols-3">
                {items.map((bot) => (
                  <BotCard key={bot.id} bot={bot} models={models.data?.items ?? []} />
                ))}
              </ul>
            )
          }
        </QueryView>
      </div>
    </>
  );
}
