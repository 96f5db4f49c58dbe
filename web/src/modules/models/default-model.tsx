import { useMutation } from '@tanstack/react-query';
import type { Model, ModelRef } from '@parley/sdk';
import { useTranslation } from 'react-i18next';
import { useApi } from '../../api.ts';
import { Banner } from '../../design/banner.tsx';
import { Section } from '../../design/card.tsx';
import { Field } from '../../design/field.tsx';
import { Select } from '../../design/select.tsx';
import { Skeleton } from '../../design/skeleton.tsx';
import { useToast } from '../../design/toast.tsx';
import { useErrorText } from '../../problems.ts';
import { QueryView } from '../../query-view.tsx';
import { useModels, useRefreshProviders } from './provider-queries.ts';

const keyOf = (model: ModelRef) => `${model.providerId} ${model.name}`;
function readKey(key: string): ModelRef {
  const space = key.indexOf(' ');
  return { providerId: key.slice(0, space), name: key.slice(space + 1) };
}

export function DefaultModel({ mayEdit }: { mayEdit: boolean }) {
  const { t } = useTranslation('models');
  const models = useModels();
  return (
    <Section title={t('default.title')} description={t('default.text')}>
      <QueryView query={models} pending={<Skeleton className="h-15 w-full" />}>
        {({ items }) => <Picker models={items} mayEdit={mayEdit} />}
      </QueryView>
    </Section>
  );
}

function Picker({ models, mayEdit }: { models: Model[]; mayEdit: boolean }) {
  const { t } = useTranslation(['models', 'common']);
  const api = useApi();
  const toast = useToast();
  const errorText = useErrorText();
  const refresh = useRefreshProviders();
  const choose = useMutation({
    mutationFn: (key: string) => api.models.setDefault(readKey(key)),
    onSuccess: async () => {
      await refresh();
      toast.show(t('common:saved'));
    },
    onError: (error) => toast.fail(errorText(error)),
  });
  const current = models.find((model) => model.isDefault);
  const value = choose.isPending ? choose.variables : current ? keyOf(current) : '';
  const groups = new Map<string, { name: string; models: Model[] }>();
  for (const model of models) {
    const group = groups.get(model.providerId) ?? { name: model.providerName, models: [] };
    group.models.push(model);
    groups.set(model.providerId, group);
  }
  const idle = current?.kind === 'demo' && models.some((model) => model.kind !== 'demo');
  return (
    <>
      <Field label={t('default.label')}>
        <Select
          value={value}
          disabled={!mayEdit || choose.isPending}
          onChange={(event) => choose.mutate(event.target.value)}
        >
          {value === '' && <option value="">{t('default.none')}</option>}
          {[...groups].map(([providerId, group]) => (
            <optgroup key={providerId} label={group.name}>
              {group.models.map((model) => (
                <option key={keyOf(model)} value={keyOf(model)}>
                  {model.name}
                </option>
              ))}
            </optgroup>
          ))}
        </Select>
      </Field>
      {idle && mayEdit && <Banner tone="warning">{t('default.stillDemo')}</Banner>}
    </>
  );
}
