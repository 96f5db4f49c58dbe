import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Member, Role } from '@parley/sdk';
import { LogOut, UserMinus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, queryKeys } from '../../api.ts';
import { Avatar } from '../../design/avatar.tsx';
import { Badge } from '../../design/badge.tsx';
import { ConfirmDialog } from '../../design/confirm-dialog.tsx';
import { IconButton } from '../../design/icon-button.tsx';
import { Select } from '../../design/select.tsx';
import { useToast } from '../../design/toast.tsx';
import { useErrorText } from '../../problems.ts';
import { isAtLeast, useForgetWorkspace, useUser, useWorkspace } from '../../session.tsx';
import { roles } from './roles.ts';

export function MemberRow({ member }: { member: Member }) {
  const { t } = useTranslation(['workspaces', 'common']);
  const workspace = useWorkspace();
  const isMe = useUser().id === member.userId;
  const queryClient = useQueryClient();
  const forgetWorkspace = useForgetWorkspace();
  const toast = useToast();
  const errorText = useErrorText();
  const [asking, setAsking] = useState(false);
  const refresh = () => queryClient.invalidateQueries({ queryKey: queryKeys.members(workspace.id) });

  const changeRole = useMutation({
    mutationFn: (role: Role) => client.workspaces.updateMember(workspace.id, member.userId, { role }),
    onSuccess: async () => {
      toast.show(t('common:saved'));
      await Promise.all([refresh(), isMe && queryClient.invalidateQueries({ queryKey: queryKeys.me })]);
    },
    onError: (error) => toast.fail(errorText(error)),
  });
  const remove = useMutation({
    mutationFn: () => client.workspaces.removeMember(workspace.id, member.userId),
    onSuccess: async () => {
      if (isMe) return forgetWorkspace(workspace.id);
      setAsking(false);
      await refresh();
    },
  });

  const manages = isAtLeast(workspace.role, 'admin') && isAtLeast(workspace.role, member.role);
  const role = changeRole.isPending ? changeRole.variables : member.role;
  return (
    <li className="flex min-h-16 flex-wrap items-center gap-x-3 gap-y-2 px-4 py-2.5">
      <Avatar name={member.name} emoji={member.avatar} />
      <div className="min-w-0 flex-1 basis-36">
        <p className="flex items-center gap-2 font-medium">
          <span className="truncate">{member.name}</span>
          {isMe && <Badge>{t('members.you')}</Badge>}
        </p>
        <p className="truncate text-[0.8125rem] text-faint">{member.email}</p>
      </div>
      <div className="flex items-center gap-1">
        {manages ? (
          <Select
            aria-label={t('members.roleOf', { name: member.name })}
            className="w-36 max-md:w-44"
            value={role}
            disabled={changeRole.isPending}
            onChange={(event) => changeRole.mutate(event.target.value as Role)}
          >
            {roles
              .filter((option) => isAtLeast(workspace.role, option))
              .map((option) => (
                <option key={option} value={option}>
                  {t(`common:role.${option}`)}
                </option>
              ))}
          </Select>
        ) : (
          <span className="px-2 text-soft">{t(`common:role.${member.role}`)}</span>
        )}
        {(manages || isMe) && (
          <IconButton
            label={isMe ? t('members.leave') : t('members.removeNamed', { name: member.name })}
            onClick={() => setAsking(true)}
          >
            {isMe ? <LogOut aria-hidden="true" /> : <UserMinus aria-hidden="true" />}
          </IconButton>
        )}
      </div>
      <ConfirmDialog
        open={asking}
        onOpenChange={(open) => {
          setAsking(open);
          remove.reset();
        }}
        danger
        title={
          isMe
            ? t('members.leaveTitle', { workspace: workspace.name })
            : t('members.removeTitle', { name: member.name })
        }
        description={isMe ? t('members.leaveText') : t('members.removeText')}
        confirmLabel={isMe ? t('members.leave') : t('members.remove')}
        cancelLabel={t('common:cancel')}
        busy={remove.isPending}
        error={remove.error && errorText(remove.error)}
        onConfirm={() => remove.mutate()}
      />
    </li>
  );
}
