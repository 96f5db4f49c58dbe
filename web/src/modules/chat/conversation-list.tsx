import { useInfiniteQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { MessagesSquare } from 'lucide-react';
import { useEffect, useId, useMemo, useRef, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useApi, useWorkspaceId } from '../../api.ts';
import { Button } from '../../design/button.tsx';
import { Skeleton } from '../../design/skeleton.tsx';
import { useErrorText } from '../../problems.ts';
import { conversationListKey } from './chat-cache.ts';
import { groupConversations, monthLabel } from './conversation-groups.ts';
import { ConversationItem } from './conversation-item.tsx';

const refreshMs = 10_000;

/** The caller's conversations in the sidebar, newest first. */
export function ConversationList() {
  const { t, i18n } = useTranslation('chat');
  const api = useApi();
  const workspaceId = useWorkspaceId();
  const { conversationId } = useParams({ strict: false }) as { conversationId?: string };
  const errorText = useErrorText();
  const headingId = useId();
  const end = useRef<HTMLDivElement>(null);

  const list = useInfiniteQuery({
    queryKey: conversationListKey(workspaceId),
    queryFn: ({ pageParam }) => api.conversations.list({ cursor: pageParam, limit: 50 }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: refreshMs,
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;

  const groups = useMemo(() => {
    const items = list.data?.pages.flatMap((page) => page.items) ?? [];
    // A conversation that moved up while pages were read can be on two of them.
    const unique = [...new Map(items.map((item) => [item.id, item])).values()];
    return groupConversations(unique, new Date());
  }, [list.data]);

  useEffect(() => {
    const element = end.current;
    if (element === null || !hasNextPage || typeof IntersectionObserver === 'undefined') return undefined;
    const observer = new IntersectionObserver(
      (seen) => seen.some((entry) => entry.isIntersecting) && !isFetchingNextPage && void fetchNextPage(),
      { rootMargin: '200px' },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  const label = (key: string): string =>
    key === 'today' || key === 'yesterday' || key === 'week'
      ? t(`list.${key}`)
      : monthLabel(key, new Date(), i18n.language);

  if (list.isPending)
    return (
      <div role="status" className="flex flex-col gap-3 px-2.5 pt-4">
        <span className="sr-only">{t('list.loading')}</span>
        {['w-40', 'w-32', 'w-44', 'w-28'].map((width) => (
          <Skeleton key={width} className={`h-4 ${width}`} />
        ))}
      </div>
    );
  if (list.data === undefined)
    return (
      <div role="alert" className="flex flex-col items-start gap-2 px-2.5 pt-4 text-[0.8125rem] text-soft">
        <p>{errorText(list.error)}</p>
        <Button size="sm" onClick={() => void list.refetch()}>
          {t('tryAgain')}
        </Button>
      </div>
    );
  if (groups.length === 0)
    return (
      <p className="flex items-center gap-2 px-2.5 pt-4 text-[0.8125rem] text-faint">
        <MessagesSquare aria-hidden="true" className="size-4 shrink-0" />
        {t('list.empty')}
      </p>
    );
  return (
    <nav aria-label={t('list.label')} onKeyDown={moveWithArrows}>
      {groups.map((group) => (
        <section key={group.key} aria-labelledby={`${headingId}-${group.key}`} className="pt-3">
          <h2 id={`${headingId}-${group.key}`} className="px-2.5 pb-1 text-xs font-medium text-faint">
            {label(group.key)}
          </h2>
          <ul className="flex flex-col gap-px">
            {group.conversations.map((conversation) => (
              <ConversationItem
                key={conversation.id}
                conversation={conversation}
                isOpen={conversation.id === conversationId}
              />
            ))}
          </ul>
        </section>
      ))}
      <div ref={end} className="flex min-h-2 justify-center py-1">
        {hasNextPage && (
          <Button size="sm" variant="ghost" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {list.isFetchNextPageError ? t('tryAgain') : t('list.more')}
          </Button>
        )}
      </div>
    </nav>
  );
}

/** Arrows walk the conversations; Tab goes through everything as usual. */
function moveWithArrows(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  const from = event.target instanceof HTMLElement ? event.target.closest('[data-conversation]') : null;
  if (step === 0 || from === null || event.defaultPrevented) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-conversation]')];
  const next = links[links.indexOf(from as HTMLElement) + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
