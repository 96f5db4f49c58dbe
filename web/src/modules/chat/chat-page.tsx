import type { Message } from '@parley/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useApi, useWorkspaceId } from '../../api.ts';
import { useToast } from '../../design/toast.tsx';
import { useErrorText } from '../../problems.ts';
import { useCan } from '../../session.tsx';
import { PageHeader } from '../../shell/page-header.tsx';
import { textOfParts } from './answer-state.ts';
import { BotMenu } from './bot-menu.tsx';
import { choiceKey } from './branch.ts';
import { addTurn } from './chat-cache.ts';
import { useChatEngine, useUnsent } from './chat-engine.ts';
import { ChatScroll } from './chat-scroll.tsx';
import { Composer, type ComposerHandle } from './composer.tsx';
import { preloadMarkdown } from './markdown/markdown.tsx';
import type { UnsentTurn } from './outbox.ts';
import { RunAnnouncer } from './run-announcer.tsx';
import { useBots, chooseBot, isDemoOnly, rememberBot, rememberedBot, useModels } from './use-bots.ts';
import { useChatShortcuts } from './use-chat-shortcuts.ts';
import { useConversation } from './use-conversation.ts';

/** The place in outbox and drafts of a chat that does not exist yet. */
const newPlace = 'new';

export function ChatPage() {
  const { t } = useTranslation('chat');
  const { conversationId: openId = null } = useParams({ strict: false }) as { conversationId?: string };
  const { bot: askedBot } = useSearch({ strict: false }) as { bot?: string };
  const workspaceId = useWorkspaceId();
  const api = useApi();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const toast = useToast();
  const errorText = useErrorText();
  const canWrite = useCan('member');
  const engine = useChatEngine();
  const composer = useRef<ComposerHandle>(null);

  // A new chat becomes a conversation on the screen first and in the address a moment later.
  const [startedId, setStartedId] = useState<string | null>(null);
  const conversationId = openId ?? startedId;
  useEffect(() => setStartedId(null), [openId, workspaceId, askedBot]);
  const place = conversationId ?? newPlace;
  const bots = useBots();
  const models = useModels();
  const shown = useConversation(conversationId);
  const unsentTurns = useUnsent(place);
  const { branch, runningRunId, forgetChoices, choose } = shown;

  useEffect(preloadMarkdown, []);
  useEffect(() => engine.turns.resume(place), [engine, place]);
  useEffect(() => {
    window.addEventListener('online', engine.turns.reconnect);
    return () => window.removeEventListener('online', engine.turns.reconnect);
  }, [engine]);
  useEffect(
    () =>
      engine.onSent((sentTo, startedPlace) => {
        if (sentTo === place) forgetChoices();
        if (startedPlace !== place) return;
        setStartedId(sentTo);
        void navigate({
          to: '/w/$workspaceId/chat/$conversationId',
          params: { workspaceId, conversationId: sentTo },
          replace: true,
        });
      }),
    [engine, place, forgetChoices, navigate, workspaceId],
  );

  const allBots = bots.data?.items ?? [];
  const newBot = chooseBot(allBots, workspaceId, askedBot, rememberedBot(workspaceId));
  const conversation = shown.loaded?.conversation;
  const isNew = conversationId === null;
  const headBot = isNew ? (newBot ?? null) : (conversation?.bot ?? null);
  const bot = headBot === null ? undefined : allBots.find((candidate) => candidate.id === headBot.id);

  const obstacle = !canWrite
    ? t('obstacle.viewer')
    : isNew && bots.isError
      ? t('obstacle.botsUnknown')
      : isNew && bots.isSuccess && newBot === undefined
        ? t('obstacle.noBots')
        : conversation !== undefined && conversation.bot === null
          ? t('obstacle.botGone')
          : shown.error !== null
            ? t('obstacle.notLoaded')
            : null;

  const send = (text: string): void => {
    if (isNew && newBot === undefined) {
      composer.current?.insert(text);
      return;
    }
    if (newBot !== undefined && isNew) rememberBot(workspaceId, newBot.id);
    engine.turns.send({
      place,
      text,
      botId: isNew ? (newBot?.id ?? null) : null,
      conversationId,
      parentId: branch.leafId,
      afterRunId: runningRunId,
    });
  };

  const stop = useCallback(() => {
    if (runningRunId !== null) api.runs.stop(runningRunId).catch((error: unknown) => toast.fail(errorText(error)));
  }, [api, runningRunId, toast, errorText]);

  const askAgain = useMutation({
    mutationFn: (questionId: string) => api.conversations.regenerate(conversationId ?? '', questionId),
    onSuccess: (turn) => {
      addTurn(queryClient, workspaceId, turn);
      forgetChoices();
    },
    onError: (error) => toast.fail(errorText(error)),
  });
  const { mutate: regenerate } = askAgain;
  const onChoose = useCallback((message: Message, id: string) => choose(choiceKey(message), id), [choose]);
  const withdraw = (turn: UnsentTurn): void => composer.current?.insert(engine.turns.withdraw(turn.key, place));

  useChatShortcuts({ branch, isAnswering: runningRunId !== null, onStop: stop });

  const unsent = unsentTurns.filter(({ sentAs }) => !branch.entries.some((entry) => entry.message.id === sentAs));
  const questions = branch.entries.filter((entry) => entry.message.role === 'user');
  const lastQuestion = questions.at(-1)?.message;
  const title = isNew ? t('newChat') : (conversation?.title ?? t('untitled'));
  const shownBot = headBot ?? { name: t('bot.none'), avatar: '' };

  return (
    <div className="flex h-full flex-col">
      <PageHeader
        title={title}
        heading={
          <>
            <BotMenu
              current={headBot}
              bots={allBots}
              startsNewChat={!isNew}
              onChoose={(botId) =>
                void navigate({
                  to: '/w/$workspaceId/chat',
                  params: { workspaceId },
                  search: { bot: botId },
                  replace: isNew,
                })
              }
            />
            {!isNew && <h1 className="min-w-0 truncate text-soft max-md:sr-only">{title}</h1>}
          </>
        }
      />
      <ChatScroll
        place={place}
        shown={shown}
        isNew={isNew}
        bots={bots}
        newBot={newBot}
        bot={shownBot}
        isDemo={models.isSuccess && isDemoOnly(bot ?? newBot, models.data.items)}
        unsent={unsent}
        canAsk={canWrite && runningRunId === null && !askAgain.isPending && conversation?.bot !== null}
        isAnswering={runningRunId !== null}
        onChoose={onChoose}
        onAskAgain={regenerate}
        onRetry={(turn) => engine.turns.retry(turn.key, place)}
        onWithdraw={withdraw}
        onSendNow={stop}
      />
      <RunAnnouncer branch={branch} runningRunId={runningRunId} botName={shownBot.name} />
      <Composer
        handle={composer}
        place={place}
        drafts={engine.drafts}
        placeholder={headBot === null ? t('composer.placeholder') : t('composer.placeholderTo', { name: headBot.name })}
        obstacle={obstacle}
        isAnswering={runningRunId !== null}
        lastOwnText={lastQuestion === undefined ? null : textOfParts(lastQuestion.parts)}
        onSend={send}
        onStop={stop}
      />
    </div>
  );
}
