import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { client } from '../../api.ts';
import { Button } from '../../design/button.tsx';
import { Dialog } from '../../design/dialog.tsx';
import { Field } from '../../design/field.tsx';
import { Input } from '../../design/input.tsx';
import { FormSummary, useChecks, useForm } from '../../form.tsx';
import { meQuery } from '../../session.tsx';

export function CreateWorkspaceDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(['workspaces', 'common']);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const checks = useChecks();
  const { form, error, summary, busy } = useForm({
    checks: { name: checks.required },
    submit: async ({ name }) => {
      const workspace = await client.workspaces.create({ name: name.trim() });
      await queryClient.query({ ...meQuery, staleTime: 0 });
      return workspace;
    },
    onSuccess: (workspace) =>
      void navigate({ to: '/w/$workspaceId/settings/members', params: { workspaceId: workspace.id } }),
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('create.title')}
      description={t('create.text')}
      closeLabel={t('common:close')}
    >
      <form {...form} className="flex flex-col gap-4">
        <FormSummary text={summary} />
        <Field label={t('settings.name')} required error={error('name')}>
          <Input name="name" maxLength={80} autoComplete="organization" />
        </Field>
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{t('common:cancel')}</Button>
          <Button type="submit" variant="primary" busy={busy}>
            {t('create.submit')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
