import type { Conversation, ConversationMessages, List, SentTurn } from '@parley/sdk';
import { queryOptions, type InfiniteData, type QueryClient } from '@tanstack/react-query';
import { queryKeys, type Api } from '../../api.ts';

export const conversationListKey = (workspaceId: string) => [...queryKeys.conversations(workspaceId), 'list'] as const;

export const messagesQuery = (api: Api, workspaceId: string, conversationId: string) =>
  queryOptions({
    queryKey: queryKeys.messages(workspaceId, conversationId),
    queryFn: () => api.conversations.messages(conversationId),
  });

/** Small and asked often: tells whether the messages have to be read again. */
export const conversationQuery = (api: Api, workspaceId: string, conversationId: string) =>
  queryOptions({
    queryKey: queryKeys.conversation(workspaceId, conversationId),
    queryFn: () => api.conversations.get(conversationId),
    refetchInterval: 2500,
    staleTime: 0,
  });

const withTurn = (known: ConversationMessages, turn: SentTurn): ConversationMessages => {
  const ids = new Set([turn.message.id, turn.answer.id]);
  const others = known.messages.filter((message) => !ids.has(message.id));
  return {
    conversation: { ...known.conversation, headMessageId: turn.answer.id },
    messages: [...others, turn.message, { ...turn.answer, run: turn.run }],
  };
};

/** Shows a sent turn at once, without asking the server for what it has just said. */
export const addTurn = (queryClient: QueryClient, workspaceId: string, turn: SentTurn): void => {
  const { conversationId } = turn.run;
  // An answer that was on its way before the turn was sent does not know it.
  void queryClient.cancelQueries({ queryKey: queryKeys.conversation(workspaceId, conversationId) });
  queryClient.setQueryData<Conversation>(
    queryKeys.conversation(workspaceId, conversationId),
    (known) => known && { ...known, headMessageId: turn.answer.id },
  );
  queryClient.setQueryData<ConversationMessages>(
    queryKeys.messages(workspaceId, conversationId),
    (known) => known && withTurn(known, turn),
  );
  void queryClient.invalidateQueries({ queryKey: conversationListKey(workspaceId) });
};

export const addConversation = (queryClient: QueryClient, workspaceId: string, conversation: Conversation): void => {
  queryClient.setQueryData(queryKeys.conversation(workspaceId, conversation.id), conversation);
  queryClient.setQueryData<ConversationMessages>(queryKeys.messages(workspaceId, conversation.id), {
    conversation,
    messages: [],
  });
};

export const isMessageKnown = (
  queryClient: QueryClient,
  workspaceId: string,
  conversationId: string,
  messageId: string | null,
): boolean =>
  queryClient
    .getQueryData<ConversationMessages>(queryKeys.messages(workspaceId, conversationId))
    ?.messages.some(({ id }) => id === messageId) === true;

/** Reads the messages again, if they are shown. */
export const refreshMessages = (queryClient: QueryClient, workspaceId: string, conversationId: string): void => {
  void queryClient.invalidateQueries({ queryKey: queryKeys.messages(workspaceId, conversationId) });
  void queryClient.invalidateQueries({ queryKey: conversationListKey(workspaceId) });
};

/** Reads the conversation again that a run belongs to: its answer now has its final form. */
export const refreshRun = (queryClient: QueryClient, workspaceId: string, runId: string): void => {
  const cached = queryClient.getQueriesData<unknown>({ queryKey: queryKeys.conversations(workspaceId) });
  for (const [queryKey, known] of cached) {
    if (queryKey.at(-1) !== 'messages' || known === undefined) continue;
    if ((known as ConversationMessages).messages.some((message) => message.run?.id === runId))
      void queryClient.invalidateQueries({ queryKey });
  }
  void queryClient.invalidateQueries({ queryKey: conversationListKey(workspaceId) });
};

type Pages = InfiniteData<List<Conversation>, string | undefined>;

/** Changes (or with null: removes) one conversation in the list that is shown. */
export const changeListed = (
  queryClient: QueryClient,
  workspaceId: string,
  conversationId: string,
  change: (conversation: Conversation) => Conversation | null,
): void => {
  queryClient.setQueryData<Pages>(
    conversationListKey(workspaceId),
    (known) =>
      known && {
        ...known,
        pages: known.pages.map((page) => ({
          ...page,
          items: page.items.flatMap((item) => (item.id === conversationId ? (change(item) ?? []) : item)),
        })),
      },
  );
};
