import { useMutation } from '@tanstack/react-query';
import type { ProviderOffer } from '@parley/sdk';
import { Sparkles } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useApi } from '../../api.ts';
import { Button } from '../../design/button.tsx';
import { Section } from '../../design/card.tsx';
import { useToast } from '../../design/toast.tsx';
import { useErrorText } from '../../problems.ts';
import { useOffers, useRefreshProviders } from './provider-queries.ts';

/** Shown only when something was found, so there is nothing to load or to fail in view. */
export function Offers() {
  const { t } = useTranslation('models');
  const offers = useOffers();
  if (!offers.data || offers.data.items.length === 0) return null;
  return (
    <Section title={t('offers.title')} description={t('offers.text')}>
      <ul className="flex flex-col gap-2">
        {offers.data.items.map((offer) => (
          <Offer key={`${offer.source} ${offer.kind} ${offer.baseUrl ?? offer.variable ?? ''}`} offer={offer} />
        ))}
      </ul>
    </Section>
  );
}

function Offer({ offer }: { offer: ProviderOffer }) {
  const { t } = useTranslation('models');
  const api = useApi();
  const toast = useToast();
  const errorText = useErrorText();
  const refresh = useRefreshProviders();
  const use = useMutation({
    mutationFn: () =>
      api.providers.create({
        kind: offer.kind,
        name: offer.name,
        source: offer.source === 'environment' ? 'environment' : 'workspace',
        ...(offer.baseUrl ? { baseUrl: offer.baseUrl } : {}),
      }),
    onSuccess: async () => {
      toast.show(t('offers.added', { name: offer.name }));
      await refresh();
    },
    onError: (error) => toast.fail(errorText(error)),
  });
  const origin =
    offer.source === 'environment' && offer.variable
      ? t('offers.fromVariable', { variable: offer.variable })
      : t('offers.fromAddress', { address: offer.baseUrl ?? '' });
  return (
    <li className="flex min-h-16 flex-wrap items-center gap-x-3 gap-y-2 rounded-xl bg-accent-soft px-4 py-2.5">
      <Sparkles aria-hidden="true" className="size-5 shrink-0 text-accent-ink" />
      <div className="min-w-0 flex-1 basis-44">
        <p className="font-medium">{offer.name}</p>
        <p className="text-[0.8125rem] text-soft">
          {origin}
          {offer.models.length > 0 && ` · ${t('modelCount', { count: offer.models.length })}`}
        </p>
      </div>
      <Button
        variant="primary"
        size="sm"
        busy={use.isPending}
        aria-label={t('offers.useNamed', { name: offer.name })}
        onClick={() => use.mutate()}
      >
        {t('offers.use')}
      </Button>
    </li>
  );
}
