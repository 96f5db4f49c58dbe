import { useMutation } from '@tanstack/react-query';
import type { ProviderTestInput } from '@parley/sdk';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useApi } from '../../api.ts';
import { Button } from '../../design/button.tsx';
import { Dialog } from '../../design/dialog.tsx';
import { Field } from '../../design/field.tsx';
import { Input } from '../../design/input.tsx';
import { Select } from '../../design/select.tsx';
import { useToast } from '../../design/toast.tsx';
import { FormSummary, readForm, useChecks, useForm } from '../../form.tsx';
import { useFormProblems } from '../../problems.ts';
import { KeyField } from './key-field.tsx';
import { presets, type Preset } from './presets.ts';
import { useRefreshProviders } from './provider-queries.ts';
import { TestResult } from './test-result.tsx';

type Draft = { apiKey: string; baseUrl: string };

/** Only what the kind takes, and only what was filled in. */
function draftOf(preset: Preset, { apiKey, baseUrl }: Draft): ProviderTestInput {
  return {
    kind: preset.kind,
    source: 'workspace',
    ...(apiKey.trim() ? { apiKey: apiKey.trim() } : {}),
    ...(preset.kind === 'openai-compatible' && baseUrl.trim() ? { baseUrl: baseUrl.trim() } : {}),
  };
}

export function AddProviderDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(['models', 'common']);
  const api = useApi();
  const toast = useToast();
  const refresh = useRefreshProviders();
  const checks = useChecks();
  const formId = useId();
  const [preset, setPreset] = useState<Preset>(presets[0] as Preset);
  const needsAddress = preset.kind === 'openai-compatible';
  const test = useMutation({ mutationFn: (draft: ProviderTestInput) => api.providers.test(draft) });
  const { form, error, summary, busy, reset } = useForm({
    checks: {
      name: null,
      apiKey: (value) => (preset.key === 'needed' ? checks.required(value) : undefined),
      baseUrl: (value) => (needsAddress ? checks.required(value) : undefined),
    },
    submit: async ({ name, ...draft }) => {
      const provider = await api.providers.create({
        ...draftOf(preset, draft),
        ...(name.trim() ? { name: name.trim() } : {}),
      });
      await refresh();
      return provider;
    },
    onSuccess: (provider) => {
      toast.show(t('add.done', { name: provider.name }));
      onClose();
    },
  });
  const testProblems = useFormProblems(test.error, ['apiKey', 'baseUrl']);
  const runTest = () => {
    if (!form.ref.current) return;
    reset();
    test.mutate(draftOf(preset, readForm(form.ref.current, ['apiKey', 'baseUrl'])));
  };
  const choose = (id: string) => {
    setPreset(presets.find((candidate) => candidate.id === id) ?? preset);
    reset();
    test.reset();
  };

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('add.title')}
      closeLabel={t('common:close')}
      footer={
        <>
          <Button busy={test.isPending} onClick={runTest} className="me-auto">
            {t('test.run')}
          </Button>
          <Button onClick={onClose}>{t('common:cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" busy={busy}>
            {t('add.submit')}
          </Button>
        </>
      }
    >
      <form {...form} id={formId} onChange={() => test.reset()} className="flex flex-col gap-4">
        <FormSummary text={summary} />
        <Field label={t('add.kind')}>
          <Select value={preset.id} onChange={(event) => choose(event.target.value)}>
            {presets.map(({ id, name }) => (
              <option key={id} value={id}>
                {name || t('add.other')}
              </option>
            ))}
          </Select>
        </Field>
        {needsAddress && (
          <Field
            key={`address-${preset.id}`}
            label={t('add.baseUrl')}
            required
            hint={t('add.baseUrlHint')}
            error={error('baseUrl') ?? testProblems.field('baseUrl')}
          >
            <Input name="baseUrl" type="url" inputMode="url" autoComplete="off" defaultValue={preset.baseUrl ?? ''} />
          </Field>
        )}
        <KeyField
          key={`key-${preset.id}`}
          required={preset.key === 'needed'}
          error={error('apiKey') ?? testProblems.field('apiKey')}
        />
        <Field key={`name-${preset.id}`} label={t('add.name')} note={t('common:optional')} error={error('name')}>
          <Input name="name" maxLength={80} autoComplete="off" defaultValue={preset.name} />
        </Field>
        <TestResult test={{ ...test, error: testProblems.summary ? test.error : null }} />
      </form>
    </Dialog>
  );
}
