import type { Bot, List, Message } from '@parley/sdk';
import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ArrowDown, Bot as BotIcon } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorkspaceId } from '../../api.ts';
import { Button } from '../../design/button.tsx';
import { EmptyState } from '../../design/empty-state.tsx';
import { ErrorState } from '../../design/error-state.tsx';
import { Skeleton } from '../../design/skeleton.tsx';
import { useErrorText } from '../../problems.ts';
import { useCan } from '../../session.tsx';
import { Greeting } from './greeting.tsx';
import { MessageList } from './message-list.tsx';
import type { AskRequest } from './message-row.tsx';
import type { UnsentTurn } from './outbox.ts';
import { UnsentRow } from './unsent-row.tsx';
import type { ShownConversation } from './use-conversation.ts';
import { useStickToBottom } from './use-stick-to-bottom.ts';

export interface ChatScrollProps {
  place: string;
  shown: ShownConversation;
  isNew: boolean;
  bots: UseQueryResult<List<Bot>>;
  newBot: Bot | undefined;
  bot: { name: string; avatar: string };
  isDemo: boolean;
  unsent: readonly UnsentTurn[];
  canAsk: boolean;
  isAnswering: boolean;
  onChoose: (message: Message, siblingId: string) => void;
  onAsk: (request: AskRequest) => void;
  onRetry: (turn: UnsentTurn) => void;
  onEdit: (turn: UnsentTurn) => void;
  onDiscard: (turn: UnsentTurn) => void;
  onSendNow: () => void;
}

/** Everything above the composer. */
export function ChatScroll(props: ChatScrollProps) {
  const { place, shown, isNew, unsent } = props;
  const { t } = useTranslation('chat');
  const isLoaded = isNew || shown.loaded !== undefined;
  const { area, content, isAway, jump, onScroll } = useStickToBottom(`${place} ${isLoaded}`);

  const lastUnsent = unsent.at(-1)?.key;
  const seenUnsent = useRef(lastUnsent);
  useEffect(() => {
    if (lastUnsent !== undefined && lastUnsent !== seenUnsent.current) jump();
    seenUnsent.current = lastUnsent;
  }, [lastUnsent, jump]);

  const hasRows = shown.branch.entries.length > 0 || unsent.length > 0;
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <div ref={area} onScroll={onScroll} className="flex min-h-0 flex-1 flex-col overflow-y-auto overscroll-contain">
        <div ref={content} className="mx-auto flex w-full max-w-3xl flex-1 flex-col px-4 pt-4 pb-6 max-md:px-3.5">
          {hasRows ? (
            <ol key={place} aria-label={t('messages')} className="flex flex-col gap-5">
              <MessageList
                entries={shown.branch.entries}
                bot={props.bot}
                canAsk={props.canAsk}
                area={area}
                onChoose={props.onChoose}
                onAsk={props.onAsk}
              />
              {unsent.map((turn, index) => (
                <UnsentRow
                  key={turn.key}
                  turn={turn}
                  canInterrupt={index === 0 && props.isAnswering}
                  isBlocked={unsent.slice(0, index).some(({ error }) => error !== null)}
                  onRetry={props.onRetry}
                  onEdit={props.onEdit}
                  onDiscard={props.onDiscard}
                  onSendNow={props.onSendNow}
                />
              ))}
            </ol>
          ) : (
            <NoRows {...props} />
          )}
        </div>
      </div>
      {isAway && hasRows && (
        <div className="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center">
          <Button
            size="sm"
            className="pointer-events-auto rounded-full shadow-float"
            onClick={() => jump(window.matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth')}
          >
            <ArrowDown aria-hidden="true" className="size-4" />
            {t('jump')}
          </Button>
        </div>
      )}
      <div
        aria-hidden="true"
        className="pointer-events-none absolute inset-x-0 bottom-0 h-4 bg-linear-to-t from-page to-transparent"
      />
    </div>
  );
}

/** A new chat, an empty conversation, or one that is not there (yet). */
function NoRows({ shown, isNew, bots, newBot, bot, isDemo }: ChatScrollProps) {
  const { t } = useTranslation('chat');
  const errorText = useErrorText();
  const workspaceId = useWorkspaceId();
  const canCreate = useCan('member');
  if (shown.error !== null)
    return (
      <Centred>
        <ErrorState
          title={t('loadFailed')}
          description={errorText(shown.error)}
          retryLabel={t('tryAgain')}
          onRetry={shown.reload}
        />
      </Centred>
    );
  if (!isNew)
    return shown.loaded === undefined ? (
      <Loading label={t('loading')} />
    ) : (
      <Centred>{t('empty', { name: bot.name })}</Centred>
    );
  if (newBot !== undefined) return <Greeting bot={newBot} isDemo={isDemo} />;
  if (bots.isPending)
    return (
      <div className="m-auto size-16">
        <Skeleton className="size-16 !rounded-full" />
      </div>
    );
  if (bots.isError)
    return (
      <Centred>
        <ErrorState
          title={t('botsFailed')}
          description={errorText(bots.error)}
          retryLabel={t('tryAgain')}
          onRetry={() => void bots.refetch()}
        />
      </Centred>
    );
  return (
    <Centred>
      <EmptyState
        icon={<BotIcon />}
        title={t('noBots.title')}
        description={t('noBots.text')}
        action={
          canCreate && (
            <Button asChild variant="primary">
              <Link to="/w/$workspaceId/bots/new" params={{ workspaceId }}>
                {t('bot.create')}
              </Link>
            </Button>
          )
        }
      />
    </Centred>
  );
}

function Centred({ children }: { children: ReactNode }) {
  return <div className="m-auto w-full max-w-lg py-8 text-center text-soft">{children}</div>;
}

function Loading({ label }: { label: string }) {
  return (
    <div role="status" className="flex flex-col gap-6 pt-2">
      <span className="sr-only">{label}</span>
      <Skeleton className="ms-auto h-11 w-2/5 !rounded-2xl" />
      <div className="flex gap-3">
        <Skeleton className="size-8 shrink-0 !rounded-full" />
        <div className="flex flex-1 flex-col gap-2.5 pt-1">
          <Skeleton className="h-4 w-11/12" />
          <Skeleton className="h-4 w-4/5" />
          <Skeleton className="h-4 w-3/5" />
        </div>
      </div>
    </div>
  );
}
