import type { Provider } from '@parley/sdk';
import { useTranslation } from 'react-i18next';
import { useApi } from '../../api.ts';
import { Button } from '../../design/button.tsx';
import { Dialog } from '../../design/dialog.tsx';
import { Field } from '../../design/field.tsx';
import { Input } from '../../design/input.tsx';
import { useToast } from '../../design/toast.tsx';
import { FormSummary, useChecks, useForm } from '../../form.tsx';
import { KeyField } from './key-field.tsx';
import { useRefreshProviders } from './provider-queries.ts';

export function EditProviderDialog({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const { t } = useTranslation(['models', 'common']);
  const api = useApi();
  const toast = useToast();
  const refresh = useRefreshProviders();
  const checks = useChecks();
  const ownKey = provider.source === 'workspace';
  const hasAddress = ownKey && provider.kind === 'openai-compatible';
  const { form, error, summary, busy } = useForm({
    checks: {
      name: checks.required,
      apiKey: null,
      baseUrl: (value) => (hasAddress ? checks.required(value) : undefined),
    },
    submit: async ({ name, apiKey, baseUrl }) => {
      const changed = await api.providers.update(provider.id, {
        name: name.trim(),
        ...(apiKey.trim() ? { apiKey: apiKey.trim() } : {}),
        ...(hasAddress && baseUrl.trim() !== provider.baseUrl ? { baseUrl: baseUrl.trim() } : {}),
      });
      await refresh();
      return changed;
    },
    onSuccess: () => {
      toast.show(t('common:saved'));
      onClose();
    },
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('edit.title', { name: provider.name })}
      closeLabel={t('common:close')}
    >
      <form {...form} className="flex flex-col gap-4">
        <FormSummary text={summary} />
        <Field label={t('add.name')} required error={error('name')}>
          <Input name="name" maxLength={80} autoComplete="off" defaultValue={provider.name} />
        </Field>
        {hasAddress && (
          <Field label={t('add.baseUrl')} required hint={t('edit.baseUrlHint')} error={error('baseUrl')}>
            <Input name="baseUrl" type="url" inputMode="url" autoComplete="off" defaultValue={provider.baseUrl ?? ''} />
          </Field>
        )}
        {ownKey && <KeyField required={false} stored={provider.keyHint} error={error('apiKey')} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{t('common:cancel')}</Button>
          <Button type="submit" variant="primary" busy={busy}>
            {t('common:save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
