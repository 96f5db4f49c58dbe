import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLocation, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, queryKeys } from '../../api.ts';
import { Button } from '../../design/button.tsx';
import { Section } from '../../design/card.tsx';
import { ConfirmDialog } from '../../design/confirm-dialog.tsx';
import { Field } from '../../design/field.tsx';
import { Input } from '../../design/input.tsx';
import { Select } from '../../design/select.tsx';
import { useToast } from '../../design/toast.tsx';
import { FormSummary, useChecks, useForm } from '../../form.tsx';
import { useErrorText } from '../../problems.ts';
import { useCan, useForgetWorkspace, useUser, useWorkspace } from '../../session.tsx';
import { useDocumentTitle } from '../../shell/page-header.tsx';
import { CreateWorkspaceDialog } from './create-workspace-dialog.tsx';

export function WorkspacePage() {
  const { t } = useTranslation('workspaces');
  useDocumentTitle(t('settings.title'));
  const navigate = useNavigate();
  const workspace = useWorkspace();
  const isOwner = useCan('owner');
  // The switcher and the members page link here with #create.
  const creating = useLocation({ select: (location) => location.hash === 'create' });
  const show = (hash: string) =>
    void navigate({
      to: '/w/$workspaceId/settings/workspace',
      params: { workspaceId: workspace.id },
      hash,
      replace: true,
    });
  return (
    <>
      <GeneralForm key={workspace.id} />
      <Section
        title={t('create.title')}
        description={t('create.text')}
        actions={<Button onClick={() => show('create')}>{t('create.open')}</Button>}
      >
        {null}
      </Section>
      {isOwner && workspace.kind === 'team' && <DeleteWorkspace />}
      {creating && <CreateWorkspaceDialog onClose={() => show('')} />}
    </>
  );
}

function GeneralForm() {
  const { t } = useTranslation(['workspaces', 'common']);
  const workspace = useWorkspace();
  const user = useUser();
  const mayEdit = useCan('admin');
  // The rule for the whole server is kept in the operator's personal workspace.
  const mayOpen = user.isOperator && workspace.kind === 'personal';
  const queryClient = useQueryClient();
  const toast = useToast();
  const checks = useChecks();
  const { form, error, summary, busy } = useForm({
    checks: { name: checks.required, signUp: null },
    submit: ({ name, signUp }) =>
      client.workspaces.update(workspace.id, {
        name: name.trim(),
        ...(mayOpen ? { signUp: signUp === 'open' ? 'open' : 'invitation' } : {}),
      }),
    onSuccess: async () => {
      toast.show(t('common:saved'));
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: queryKeys.me }),
        queryClient.invalidateQueries({ queryKey: queryKeys.setup }),
      ]);
    },
  });
  return (
    <Section title={t('settings.title')} description={mayEdit ? undefined : t('settings.readOnly')}>
      <form {...form} className="flex flex-col gap-4">
        <FormSummary text={summary} />
        <Field label={t('settings.name')} required error={error('name')}>
          <Input name="name" maxLength={80} defaultValue={workspace.name} readOnly={!mayEdit} />
        </Field>
        {mayOpen && (
          <Field label={t('settings.signUp')} hint={t('settings.signUpHint')} error={error('signUp')}>
            <Select name="signUp" defaultValue={workspace.signUp}>
              <option value="invitation">{t('settings.byInvitation')}</option>
              <option value="open">{t('settings.open')}</option>
            </Select>
          </Field>
        )}
        {mayEdit && (
          <Button type="submit" variant="primary" busy={busy} className="self-start">
            {t('common:save')}
          </Button>
        )}
      </form>
    </Section>
  );
}

function DeleteWorkspace() {
  const { t } = useTranslation(['workspaces', 'common']);
  const workspace = useWorkspace();
  const forgetWorkspace = useForgetWorkspace();
  const errorText = useErrorText();
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => client.workspaces.delete(workspace.id),
    onSuccess: () => forgetWorkspace(workspace.id),
  });
  return (
    <Section
      title={t('remove.title')}
      description={t('remove.text')}
      actions={
        <Button variant="danger" onClick={() => setAsking(true)}>
          {t('remove.open')}
        </Button>
      }
    >
      <ConfirmDialog
        open={asking}
        onOpenChange={(open) => {
          setAsking(open);
          remove.reset();
        }}
        danger
        title={t('remove.confirmTitle', { name: workspace.name })}
        description={t('remove.text')}
        confirmLabel={t('remove.open')}
        cancelLabel={t('common:cancel')}
        busy={remove.isPending}
        error={remove.error && errorText(remove.error)}
        onConfirm={() => remove.mutate()}
      />
    </Section>
  );
}
