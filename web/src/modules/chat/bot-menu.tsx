import type { Bot } from '@parley/sdk';
import { Link } from '@tanstack/react-router';
import { Bot as BotIcon, ChevronDown, Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useWorkspaceId } from '../../api.ts';
import { Avatar } from '../../design/avatar.tsx';
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from '../../design/menu.tsx';
import { useCan } from '../../session.tsx';

export interface BotMenuProps {
  current: { id: string; name: string; avatar: string } | null;
  bots: readonly Bot[];
  /** In a conversation the bot stays; choosing starts a new chat. */
  startsNewChat: boolean;
  onChoose: (botId: string) => void;
}

export function BotMenu({ current, bots, startsNewChat, onChoose }: BotMenuProps) {
  const { t } = useTranslation('chat');
  const workspaceId = useWorkspaceId();
  const canCreate = useCan('member');
  const name = current?.name ?? t('bot.none');
  return (
    <Menu
      className="max-w-[min(20rem,calc(100vw-1rem))]"
      trigger={
        <button
          type="button"
          aria-label={t(startsNewChat ? 'bot.menuNewChat' : 'bot.menu', { name })}
          className="flex h-9 min-w-0 items-center gap-2 rounded-lg px-2 font-semibold hover:bg-hover data-[state=open]:bg-hover"
        >
          <Avatar name={name} emoji={current?.avatar} size="sm" />
          <span className="truncate text-[0.9375rem]">{name}</span>
          <ChevronDown aria-hidden="true" className="size-4 shrink-0 text-soft" />
        </button>
      }
    >
      <MenuLabel>{startsNewChat ? t('bot.newChatWith') : t('bot.talkTo')}</MenuLabel>
      {bots.map((bot) => (
        <MenuChoice key={bot.id} checked={bot.id === current?.id} onSelect={() => onChoose(bot.id)}>
          <Avatar name={bot.name} emoji={bot.avatar} size="sm" />
          <span className="min-w-0">
            <span className="block truncate">{bot.name}</span>
            {bot.description !== '' && <span className="block truncate text-xs text-faint">{bot.description}</span>}
          </span>
        </MenuChoice>
      ))}
      <MenuSeparator />
      {canCreate && (
        <MenuItem asChild>
          <Link to="/w/$workspaceId/bots/new" params={{ workspaceId }}>
            <Plus aria-hidden="true" />
            {t('bot.create')}
          </Link>
        </MenuItem>
      )}
      <MenuItem asChild>
        <Link to="/w/$workspaceId/bots" params={{ workspaceId }}>
          <BotIcon aria-hidden="true" />
          {t('bot.all')}
        </Link>
      </MenuItem>
    </Menu>
  );
}
