import type { Message } from '@parley/sdk';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorkspaceId } from '../../api.ts';
import { useToast } from '../../design/toast.tsx';
import { useCan } from '../../session.tsx';
import { PageHeader } from '../../shell/page-header.tsx';
import { textOfParts } from './answer-state.ts';
import { BotMenu } from './bot-menu.tsx';
import { choiceKey } from './branch.ts';
import { useChatEngine, useUnsent } from './chat-engine.ts';
import { ChatScroll } from './chat-scroll.tsx';
import { Composer, joinTexts, type ComposerHandle } from './composer.tsx';
import { preloadMarkdown } from './markdown/markdown.tsx';
import { useNewChatPlace } from './new-chat-place.ts';
import type { UnsentTurn } from './outbox.ts';
import { RunAnnouncer } from './run-announcer.tsx';
import { useAnswering } from './use-answering.ts';
import { useBots, chooseBot, isDemoOnly, rememberBot, rememberedBot, useModels } from './use-bots.ts';
import { useChatShortcuts } from './use-chat-shortcuts.ts';
import { useConversation } from './use-conversation.ts';

export function ChatPage() {
  const { t } = useTranslation('chat');
  const { conversationId: openId = null } = useParams({ strict: false }) as { conversationId?: string };
  const { bot: askedBot } = useSearch({ strict: false }) as { bot?: string };
  const workspaceId = useWorkspaceId();
  const navigate = useNavigate();
  const toast = useToast();
  const canWrite = useCan('member');
  const engine = useChatEngine();
  const composer = useRef<ComposerHandle>(null);

  // A new chat becomes a conversation on the screen first and in the address a moment later.
  const [startedId, setStartedId] = useState<string | null>(null);
  const conversationId = openId ?? startedId;
  useEffect(() => setStartedId(null), [openId, workspaceId, askedBot]);
  const newPlace = useNewChatPlace(engine, conversationId === null);
  const place = conversationId ?? newPlace;
  const bots = useBots();
  const models = useModels();
  const shown = useConversation(conversationId);
  const unsentTurns = useUnsent(place);
  const { branch, runningRunId, forgetChoices, choose } = shown;

  useEffect(preloadMarkdown, []);
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

  const { ask, isAsking, stop } = useAnswering(conversationId, runningRunId, forgetChoices);
  const onChoose = useCallback((message: Message, id: string) => choose(choiceKey(message), id), [choose]);
  const edit = async (turn: UnsentTurn): Promise<void> => {
    const text = await engine.turns.withdraw(turn.key);
    if (text === null) toast.show(t('unsent.alreadySent'));
    else composer.current?.insert(text);
  };
  const discard = async (turn: UnsentTurn): Promise<void> => {
    const text = await engine.turns.withdraw(turn.key);
    if (text === null) return toast.show(t('unsent.alreadySent'));
    toast.show(t('unsent.discarded'), {
      label: t('unsent.undo'),
      onSelect: () => engine.drafts.write(place, joinTexts(text, engine.drafts.read(place))),
    });
  };

  useChatShortcuts({ branch, isAnswering: runningRunId !== null, onStop: stop });

  const unsent = unsentTurns.filter(
    ({ sentAs }) => sentAs === null || !shown.loaded?.messages.some((message) => message.id === sentAs),
  );
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
        canAsk={canWrite && runningRunId === null && !isAsking && conversation?.bot !== null}
        isAnswering={runningRunId !== null}
        onChoose={onChoose}
        onAsk={ask}
        onRetry={(turn) => engine.turns.retry(turn.key)}
        onEdit={(turn) => void edit(turn)}
        onDiscard={(turn) => void discard(turn)}
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
