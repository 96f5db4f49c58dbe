import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useSyncExternalStore } from 'react';
import { apiIn, useWorkspaceId, type Api } from '../../api.ts';
import { useUser } from '../../session.tsx';
import { addConversation, addTurn, refreshRun } from './chat-cache.ts';
import { createDrafts, storageOrNull, type Drafts } from './drafts.ts';
import { createLiveRuns, scheduleWithPicture, type LiveRun, type LiveRuns } from './live-runs.ts';
import { createOutbox, type UnsentTurn } from './outbox.ts';
import { createTurns, type Turns } from './turns.ts';

/** What of a chat goes on while its screen changes: running answers, unsent turns, drafts. */
export interface ChatEngine {
  liveRuns: LiveRuns;
  turns: Turns;
  drafts: Drafts;
  /** Told when a turn was sent, and (with its place) when a new chat became a conversation. */
  onSent: (listener: (conversationId: string, place: string | null) => void) => () => void;
}

// Plain http offers no randomUUID; the key only has to be unlikely to repeat.
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

export const createChatEngine = (options: {
  api: Api;
  queryClient: QueryClient;
  workspaceId: string;
  userId: string;
}): ChatEngine => {
  const { api, queryClient, workspaceId, userId } = options;
  const scope = `${userId}.${workspaceId}`;
  const listeners = new Set<(conversationId: string, place: string | null) => void>();
  const tell = (conversationId: string, place: string | null): void => {
    for (const listener of listeners) listener(conversationId, place);
  };
  const liveRuns = createLiveRuns({
    openStream: (runId, streamOptions) => api.runs.stream(runId, streamOptions),
    onEnded: (runId) => refreshRun(queryClient, workspaceId, runId),
    schedule: scheduleWithPicture,
  });
  const turns = createTurns({
    api,
    liveRuns,
    newKey,
    outbox: createOutbox(
      storageOrNull(() => window.sessionStorage),
      scope,
    ),
    onConversation: (conversation) => addConversation(queryClient, workspaceId, conversation),
    onSent: (turn) => {
      addTurn(queryClient, workspaceId, turn);
      tell(turn.run.conversationId, null);
    },
    onStarted: (place, conversationId) => tell(conversationId, place),
  });
  const drafts = createDrafts(storageOrNull(() => window.localStorage));
  return {
    liveRuns,
    turns,
    drafts: {
      read: (place) => drafts.read(`${scope}.${place}`),
      write: (place, text) => drafts.write(`${scope}.${place}`, text),
    },
    onSent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};

// One engine per cache, workspace and user: it has to outlive every screen that shows it.
const engines = new WeakMap<QueryClient, Map<string, ChatEngine>>();

export const useChatEngine = (): ChatEngine => {
  const queryClient = useQueryClient();
  const workspaceId = useWorkspaceId();
  const userId = useUser().id;
  const known = engines.get(queryClient) ?? new Map<string, ChatEngine>();
  engines.set(queryClient, known);
  const key = `${userId}.${workspaceId}`;
  const engine = known.get(key) ?? createChatEngine({ api: apiIn(workspaceId), queryClient, workspaceId, userId });
  known.set(key, engine);
  return engine;
};

export const useUnsent = (place: string): readonly UnsentTurn[] => {
  const { outbox } = useChatEngine().turns;
  return useSyncExternalStore(outbox.subscribe, () => outbox.list(place));
};

const never = (): (() => void) => () => undefined;

/** What a run has written so far; `useWatchedRuns` decides whether it is followed. */
export const useLiveRun = (runId: string | null): LiveRun | undefined => {
  const { liveRuns } = useChatEngine();
  const subscribe = useCallback(
    (listener: () => void) => (runId === null ? never() : liveRuns.subscribe(runId, listener)),
    [liveRuns, runId],
  );
  return useSyncExternalStore(subscribe, () => (runId === null ? undefined : liveRuns.get(runId)));
};

/** Changes only when the run comes to its end, not with every word. */
export const useLivePhase = (runId: string | null): LiveRun['phase'] | null => {
  const { liveRuns } = useChatEngine();
  const subscribe = useCallback(
    (listener: () => void) => (runId === null ? never() : liveRuns.subscribe(runId, listener)),
    [liveRuns, runId],
  );
  return useSyncExternalStore(subscribe, () => (runId === null ? null : (liveRuns.get(runId)?.phase ?? null)));
};

/** Follows the runs as long as the component is there. */
export const useWatchedRuns = (runIds: readonly string[]): void => {
  const { liveRuns } = useChatEngine();
  const joined = runIds.join(' ');
  useEffect(() => {
    const leave = joined
      .split(' ')
      .filter(Boolean)
      .map((runId) => liveRuns.watch(runId));
    return () => {
      for (const stop of leave) stop();
    };
  }, [joined, liveRuns]);
};
