import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../design/button.tsx';
import { Section } from '../../design/card.tsx';
import { EmptyState } from '../../design/empty-state.tsx';
import { SkeletonList } from '../../design/skeleton.tsx';
import { QueryView } from '../../query-view.tsx';
import { useCan } from '../../session.tsx';
import { useDocumentTitle } from '../../shell/page-header.tsx';
import { AddProviderDialog } from './add-provider-dialog.tsx';
import { DefaultModel } from './default-model.tsx';
import { Offers } from './offers.tsx';
import { ProviderCard } from './provider-card.tsx';
import { useProviders } from './provider-queries.ts';

export function ModelsPage() {
  const { t } = useTranslation('models');
  useDocumentTitle(t('title'));
  const mayEdit = useCan('admin');
  return (
    <>
      <DefaultModel mayEdit={mayEdit} />
      {mayEdit ? (
        <>
          <Offers />
          <Providers />
        </>
      ) : (
        <p className="text-soft">{t('adminsOnly')}</p>
      )}
    </>
  );
}

function Providers() {
  const { t } = useTranslation(['models', 'common']);
  const providers = useProviders();
  const [adding, setAdding] = useState(false);
  const add = (
    <Button variant="primary" onClick={() => setAdding(true)}>
      <Plus aria-hidden="true" className="size-4" />
      {t('add.open')}
    </Button>
  );
  return (
    <Section title={t('providers.title')} description={t('providers.text')} actions={add}>
      <QueryView query={providers} pending={<SkeletonList label={t('common:loading')} rows={2} rowClassName="h-21" />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={t('providers.none')} description={t('providers.noneText')} />
          ) : (
            <ul className="flex flex-col gap-2">
              {items.map((provider) => (
                <ProviderCard key={provider.id} provider={provider} />
              ))}
            </ul>
          )
        }
      </QueryView>
      {adding && <AddProviderDialog onClose={() => setAdding(false)} />}
    </Section>
  );
}
