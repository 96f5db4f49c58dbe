import type { Conversation } from '@parley/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { CircleAlert, Ellipsis, Pencil, Trash2 } from 'lucide-react';
import { memo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { queryKeys, useApi, useWorkspaceId } from '../../api.ts';
import { ConfirmDialog } from '../../design/confirm-dialog.tsx';
import { IconButton } from '../../design/icon-button.tsx';
import { Menu, MenuItem } from '../../design/menu.tsx';
import { useToast } from '../../design/toast.tsx';
import { useErrorText } from '../../problems.ts';
import { useShell } from '../../shell/shell-context.ts';
import { changeListed, conversationListKey } from './chat-cache.ts';
import { useChatEngine, useUnsent } from './chat-engine.ts';

const longestTitle = 200;

export const ConversationItem = memo(function ConversationItem({
  conversation,
  isOpen,
}: {
  conversation: Conversation;
  isOpen: boolean;
}) {
  const { t } = useTranslation('chat');
  const workspaceId = useWorkspaceId();
  const shell = useShell();
  const [isRenaming, setIsRenaming] = useState(false);
  const [isDeleting, setIsDeleting] = useState(false);
  const rename = useRename(conversation.id);
  const remove = useRemove(conversation.id, isOpen);
  const title = conversation.title ?? t('untitled');
  const isStuck = useUnsent(conversation.id).some(({ error }) => error !== null);

  if (isRenaming)
    return (
      <li>
        <RenameField
          title={conversation.title ?? ''}
          onDone={(next) => {
            setIsRenaming(false);
            if (next !== null && next !== conversation.title) rename.mutate(next);
          }}
        />
      </li>
    );
  return (
    <li className="group/item relative">
      <Link
        data-conversation={conversation.id}
        to="/w/$workspaceId/chat/$conversationId"
        params={{ workspaceId, conversationId: conversation.id }}
        aria-current={isOpen ? 'page' : undefined}
        title={title}
        onClick={shell?.closeDrawer}
        onKeyDown={(event) => {
          if (event.key === 'F2') setIsRenaming(true);
          else if (event.key === 'Delete') setIsDeleting(true);
        }}
        className={`block truncate rounded-lg py-2 ps-2.5 pe-9 text-sm max-md:py-3 ${isOpen ? 'bg-pressed font-medium text-ink' : 'text-soft hover:bg-hover hover:text-ink'}`}
      >
        {isStuck && (
          <>
            <CircleAlert aria-hidden="true" className="me-1.5 inline size-3.5 align-[-0.15em] text-warning-ink" />
            <span className="sr-only">{t('list.unsent')} </span>
          </>
        )}
        {title}
      </Link>
      <Menu
        align="end"
        trigger={
          <IconButton
            size="sm"
            tooltip={false}
            label={t('list.actions', { title })}
            className="absolute inset-y-0 end-1 my-auto max-md:size-9 md:opacity-0 md:group-focus-within/item:opacity-100 md:group-hover/item:opacity-100 md:data-[state=open]:opacity-100"
          >
            <Ellipsis aria-hidden="true" />
          </IconButton>
        }
      >
        {/* The menu gives focus back when it closes: the field may take it only afterwards. */}
        <MenuItem onSelect={() => setTimeout(() => setIsRenaming(true), 0)}>
          <Pencil aria-hidden="true" />
          {t('list.rename')}
        </MenuItem>
        <MenuItem danger onSelect={() => setTimeout(() => setIsDeleting(true), 0)}>
          <Trash2 aria-hidden="true" />
          {t('list.delete')}
        </MenuItem>
      </Menu>
      <ConfirmDialog
        open={isDeleting}
        onOpenChange={setIsDeleting}
        title={t('list.deleteTitle')}
        description={t('list.deleteText', { title })}
        confirmLabel={t('list.delete')}
        cancelLabel={t('cancel')}
        danger
        busy={remove.isPending}
        error={remove.errorText}
        onConfirm={() => remove.mutate()}
      />
    </li>
  );
});

function RenameField({ title, onDone }: { title: string; onDone: (next: string | null) => void }) {
  const { t } = useTranslation('chat');
  const [text, setText] = useState(title);
  const finish = (): void => onDone(text.trim() === '' ? null : text.trim());
  return (
    <input
      ref={(element) => element?.focus()}
      aria-label={t('list.newTitle')}
      value={text}
      maxLength={longestTitle}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setText(event.target.value)}
      onBlur={finish}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter') finish();
        if (event.key === 'Escape') {
          event.preventDefault();
          onDone(null);
        }
      }}
      className="block w-full rounded-lg border border-accent bg-page px-2 py-1.5 text-sm outline-none max-md:py-2.5 max-md:text-base"
    />
  );
}

const useRename = (conversationId: string) => {
  const api = useApi();
  const workspaceId = useWorkspaceId();
  const queryClient = useQueryClient();
  const toast = useToast();
  const errorText = useErrorText();
  const show = (title: string | null): void =>
    changeListed(queryClient, workspaceId, conversationId, (known) => ({ ...known, title }));
  return useMutation({
    mutationFn: (title: string) => api.conversations.rename(conversationId, { title }),
    onMutate: show,
    onSuccess: (conversation) => {
      show(conversation.title);
      void queryClient.invalidateQueries({ queryKey: queryKeys.messages(workspaceId, conversationId) });
    },
    onError: (error) => {
      toast.fail(errorText(error));
      void queryClient.invalidateQueries({ queryKey: conversationListKey(workspaceId) });
    },
  });
};

const useRemove = (conversationId: string, isOpen: boolean) => {
  const api = useApi();
  const workspaceId = useWorkspaceId();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const errorText = useErrorText();
  const { turns, drafts } = useChatEngine();
  const mutation = useMutation({
    mutationFn: () => api.conversations.delete(conversationId),
    onSuccess: async () => {
      // Leave before the conversation is gone, so that nobody sees "not found".
      if (isOpen) await navigate({ to: '/w/$workspaceId/chat', params: { workspaceId }, replace: true });
      changeListed(queryClient, workspaceId, conversationId, () => null);
      for (const { key } of turns.outbox.list(conversationId)) turns.outbox.remove(key);
      drafts.write(conversationId, '');
      queryClient.removeQueries({ queryKey: queryKeys.conversation(workspaceId, conversationId) });
      void queryClient.invalidateQueries({ queryKey: conversationListKey(workspaceId) });
    },
  });
  return { ...mutation, errorText: mutation.error === null ? null : errorText(mutation.error) };
};
