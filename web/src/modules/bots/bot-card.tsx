import type { Bot, Model } from '@parley/sdk';
import { Link, useNavigate } from '@tanstack/react-router';
import {
  Copy,
  Cpu,
  Ellipsis,
  Eye,
  Globe,
  Lock,
  MessageSquare,
  Pencil,
  Trash2,
  Users,
  type LucideIcon,
} from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorkspaceId } from '../../api.ts';
import { Avatar } from '../../design/avatar.tsx';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { ConfirmDialog } from '../../design/confirm-dialog.tsx';
import { IconButton } from '../../design/icon-button.tsx';
import { Menu, MenuItem, MenuSeparator } from '../../design/menu.tsx';
import { useToast } from '../../design/toast.tsx';
import { useErrorText } from '../../problems.ts';
import { useCan } from '../../session.tsx';
import { modelOfBot } from './bot-draft.ts';
import { useDeleteBot, useDuplicateBot } from './bot-queries.ts';

export const visibilityIcons: Record<Bot['visibility'], LucideIcon> = {
  private: Lock,
  workspace: Users,
  public: Globe,
};

export function BotCard({ bot, models }: { bot: Bot; models: readonly Model[] }) {
  const { t } = useTranslation('bots');
  const workspaceId = useWorkspaceId();
  const params = { workspaceId, botId: bot.id };
  const VisibilityIcon = visibilityIcons[bot.visibility];
  const model = modelOfBot(bot, models);
  return (
    <li className="flex flex-col gap-3 rounded-xl border border-line bg-raised p-4">
      <div className="flex items-start gap-3">
        <Avatar name={bot.name} emoji={bot.avatar} size="lg" />
        <div className="min-w-0 flex-1">
          <h2 className="truncate text-[0.9375rem] font-semibold">
            <Link to="/w/$workspaceId/bots/$botId" params={params} className="rounded hover:underline">
              {bot.name}
            </Link>
          </h2>
          <p className="mt-1 flex flex-wrap items-center gap-1.5">
            <Badge>{t(`types.${bot.type}.name`)}</Badge>
            <Badge>
              <VisibilityIcon aria-hidden="true" className="size-3" />
              {t(`visibility.${bot.visibility}.name`)}
            </Badge>
          </p>
        </div>
        <BotActions bot={bot} />
      </div>
      <p className="line-clamp-2 min-h-10 text-soft">{bot.description || t(`types.${bot.type}.description`)}</p>
      <div className="mt-auto flex items-center justify-between gap-2">
        <span className="flex min-w-0 items-center gap-1.5 text-xs text-faint">
          {model !== null && (
            <>
              <Cpu aria-hidden="true" className="size-3.5 shrink-0" />
              <span className="truncate" title={model.name}>
                {model.isDefault ? t('defaultModel', { name: model.name }) : model.name}
              </span>
            </>
          )}
        </span>
        <Button asChild size="sm">
          <Link
            to="/w/$workspaceId/chat"
            params={{ workspaceId }}
            search={{ bot: bot.id }}
            aria-label={t('chatWith', { name: bot.name })}
          >
            <MessageSquare aria-hidden="true" className="size-4" />
            {t('chat')}
          </Link>
        </Button>
      </div>
    </li>
  );
}

function BotActions({ bot }: { bot: Bot }) {
  const { t } = useTranslation('bots');
  const workspaceId = useWorkspaceId();
  const navigate = useNavigate();
  const toast = useToast();
  const errorText = useErrorText();
  const canCreate = useCan('member');
  const [isDeleting, setIsDeleting] = useState(false);
  const duplicate = useDuplicateBot();
  const remove = useDeleteBot();
  const open = (botId: string) => void navigate({ to: '/w/$workspaceId/bots/$botId', params: { workspaceId, botId } });
  return (
    <>
      <Menu
        align="end"
        trigger={
          <IconButton
            size="sm"
            tooltip={false}
            label={t('actionsFor', { name: bot.name })}
            className="-me-1 max-md:size-10"
          >
            <Ellipsis aria-hidden="true" />
          </IconButton>
        }
      >
        <MenuItem onSelect={() => open(bot.id)}>
          {bot.canEdit ? <Pencil aria-hidden="true" /> : <Eye aria-hidden="true" />}
          {bot.canEdit ? t('edit') : t('view')}
        </MenuItem>
        {canCreate && (
          <MenuItem
            disabled={duplicate.isPending}
            onSelect={() =>
              duplicate.mutate(bot.id, {
                onSuccess: (copy) =>
                  toast.show(t('duplicated', { name: copy.name }), { label: t('edit'), onSelect: () => open(copy.id) }),
                onError: (error) => toast.fail(errorText(error)),
              })
            }
          >
            <Copy aria-hidden="true" />
            {t('duplicate')}
          </MenuItem>
        )}
        {bot.canEdit && (
          <>
            <MenuSeparator />
            <MenuItem danger onSelect={() => setTimeout(() => setIsDeleting(true), 0)}>
              <Trash2 aria-hidden="true" />
              {t('delete')}
            </MenuItem>
          </>
        )}
      </Menu>
      <ConfirmDialog
        open={isDeleting}
        onOpenChange={setIsDeleting}
        title={t('deleteTitle', { name: bot.name })}
        description={t('deleteText')}
        confirmLabel={t('delete')}
        cancelLabel={t('cancel')}
        danger
        busy={remove.isPending}
        error={remove.error === null ? null : errorText(remove.error)}
        onConfirm={() => remove.mutate(bot.id, { onSuccess: () => toast.show(t('deleted', { name: bot.name })) })}
      />
    </>
  );
}
