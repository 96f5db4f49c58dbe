import type { ConversationMessages } from '@parley/sdk';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { queryKeys, useApi, useWorkspaceId } from '../../api.ts';
import { visibleBranch, type Branch } from './branch.ts';
import { conversationQuery, messagesQuery } from './chat-cache.ts';
import { useLivePhase, useWatchedRuns } from './chat-engine.ts';
import { isFinal } from './live-runs.ts';

const noChoices: ReadonlyMap<string, string> = new Map();
const lostRefreshMs = 3000;

export interface ShownConversation {
  loaded: ConversationMessages | undefined;
  error: unknown;
  reload: () => void;
  branch: Branch;
  /** The run that writes the last visible answer, while it does. */
  runningRunId: string | null;
  choose: (parentKey: string, messageId: string) => void;
  /** Back to the newest branch. */
  forgetChoices: () => void;
}

/** The conversation as this screen shows it, kept up to date with what other tabs and devices do. */
export const useConversation = (conversationId: string | null): ShownConversation => {
  const api = useApi();
  const workspaceId = useWorkspaceId();
  const queryClient = useQueryClient();
  const [chosen, setChosen] = useState({ conversationId, choices: noChoices });
  const choices = chosen.conversationId === conversationId ? chosen.choices : noChoices;

  const id = conversationId ?? '';
  const [isLost, setIsLost] = useState(false);
  const messages = useQuery({
    ...messagesQuery(api, workspaceId, id),
    enabled: conversationId !== null,
    refetchInterval: isLost ? lostRefreshMs : false,
  });
  const head = useQuery({ ...conversationQuery(api, workspaceId, id), enabled: messages.data !== undefined });

  const shown = messages.data?.conversation;
  const isStale =
    head.data !== undefined &&
    shown !== undefined &&
    (head.data.updatedAt !== shown.updatedAt || head.data.headMessageId !== shown.headMessageId);
  const headSeenAt = head.dataUpdatedAt;
  useEffect(() => {
    if (isStale) void queryClient.invalidateQueries({ queryKey: queryKeys.messages(workspaceId, id) });
  }, [isStale, headSeenAt, queryClient, workspaceId, id]);

  const branch = useMemo(
    () => visibleBranch(messages.data?.messages ?? [], shown?.headMessageId ?? null, choices),
    [messages.data, shown?.headMessageId, choices],
  );
  const running = useMemo(
    () =>
      branch.entries.flatMap(({ message }) =>
        message.run !== null && !isFinal(message.run.status) ? [message.run.id] : [],
      ),
    [branch],
  );
  useWatchedRuns(running);
  const lastRun = branch.entries.at(-1)?.message.run ?? null;
  const lastRunId = lastRun !== null && !isFinal(lastRun.status) ? lastRun.id : null;
  const phase = useLivePhase(lastRunId);
  useEffect(() => setIsLost(phase === 'lost'), [phase]);

  const { refetch } = messages;
  return {
    loaded: conversationId === null ? undefined : messages.data,
    error: conversationId === null || messages.data !== undefined ? null : messages.error,
    reload: useCallback(() => void refetch(), [refetch]),
    branch,
    runningRunId: phase === 'ended' ? null : lastRunId,
    choose: useCallback(
      (parentKey, messageId) =>
        setChosen((before) => ({
          conversationId,
          choices: new Map(before.conversationId === conversationId ? before.choices : noChoices).set(
            parentKey,
            messageId,
          ),
        })),
      [conversationId],
    ),
    forgetChoices: useCallback(() => setChosen({ conversationId, choices: noChoices }), [conversationId]),
  };
};
