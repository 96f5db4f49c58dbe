import { useQueryClient } from '@tanstack/react-query';
import type { CreatedInvitation, Role } from '@parley/sdk';
import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, queryKeys } from '../../api.ts';
import { useCopy } from '../../copy.ts';
import { Banner } from '../../design/banner.tsx';
import { Button } from '../../design/button.tsx';
import { Dialog } from '../../design/dialog.tsx';
import { Field } from '../../design/field.tsx';
import { Input } from '../../design/input.tsx';
import { Select } from '../../design/select.tsx';
import { useFormat } from '../../format.ts';
import { FormSummary, useChecks, useForm } from '../../form.tsx';
import { isAtLeast, useWorkspace } from '../../session.tsx';
import { roles } from './roles.ts';

const days = [1, 3, 7, 14, 30];

export function InviteDialog({ workspaceId, onClose }: { workspaceId: string; onClose: () => void }) {
  const { t } = useTranslation(['workspaces', 'common']);
  const [created, setCreated] = useState<CreatedInvitation | null>(null);
  const queryClient = useQueryClient();
  const onCreated = (invitation: CreatedInvitation) => {
    setCreated(invitation);
    void queryClient.invalidateQueries({ queryKey: queryKeys.invitations(workspaceId) });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t(created ? 'inviteDialog.readyTitle' : 'inviteDialog.title')}
      closeLabel={t('common:close')}
    >
      {created ? (
        <InvitationLink invitation={created} onClose={onClose} />
      ) : (
        <InviteForm workspaceId={workspaceId} onCreated={onCreated} />
      )}
    </Dialog>
  );
}

function InviteForm(props: { workspaceId: string; onCreated: (invitation: CreatedInvitation) => void }) {
  const { t } = useTranslation(['workspaces', 'common']);
  const own = useWorkspace().role;
  const checks = useChecks();
  const { form, error, summary, busy } = useForm({
    checks: { email: (value) => (value.trim() ? checks.email(value) : undefined), role: null, expiresInDays: null },
    submit: ({ email, role, expiresInDays }) =>
      client.workspaces.invite(props.workspaceId, {
        role: role as Role,
        expiresInDays: Number(expiresInDays),
        ...(email.trim() ? { email: email.trim() } : {}),
      }),
    onSuccess: props.onCreated,
  });
  return (
    <form {...form} className="flex flex-col gap-4">
      <FormSummary text={summary} />
      <Field
        label={t('inviteDialog.email')}
        note={t('common:optional')}
        hint={t('inviteDialog.emailHint')}
        error={error('email')}
      >
        <Input name="email" type="email" inputMode="email" autoComplete="off" />
      </Field>
      <div className="grid gap-4 md:grid-cols-2">
        <Field label={t('inviteDialog.role')} error={error('role')}>
          <Select name="role" defaultValue="member">
            {roles
              .filter((role) => role !== 'owner' && isAtLeast(own, role))
              .map((role) => (
                <option key={role} value={role}>
                  {t(`common:role.${role}`)}
                </option>
              ))}
          </Select>
        </Field>
        <Field label={t('inviteDialog.expires')} error={error('expiresInDays')}>
          <Select name="expiresInDays" defaultValue="7">
            {days.map((count) => (
              <option key={count} value={count}>
                {t('inviteDialog.days', { count })}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      <Button type="submit" variant="primary" busy={busy} className="self-end">
        {t('inviteDialog.submit')}
      </Button>
    </form>
  );
}

function InvitationLink({ invitation, onClose }: { invitation: CreatedInvitation; onClose: () => void }) {
  const { t } = useTranslation(['workspaces', 'common']);
  const { copied, copy } = useCopy();
  const format = useFormat();
  return (
    <div className="flex flex-col gap-4">
      <Field
        label={t('inviteDialog.link')}
        hint={t('inviteDialog.linkHint', { date: format.date(invitation.expiresAt) })}
      >
        <Input readOnly value={invitation.url} onFocus={(event) => event.currentTarget.select()} />
      </Field>
      <Banner>{t('inviteDialog.once')}</Banner>
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{t('common:close')}</Button>
        <Button variant="primary" autoFocus onClick={() => void copy(invitation.url)}>
          {copied ? <Check aria-hidden="true" className="size-4" /> : <Copy aria-hidden="true" className="size-4" />}
          <span aria-live="polite">{copied ? t('common:copied') : t('inviteDialog.copy')}</span>
        </Button>
      </div>
    </div>
  );
}
