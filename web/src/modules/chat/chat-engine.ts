import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useSyncExternalStore } from 'react';
import { apiIn, useWorkspaceId, type Api } from '../../api.ts';
import { draftPrefix, unsentPrefix } from '../../kept-texts.ts';
import { useUser } from '../../session.tsx';
import { browserLocks } from '../../tab-locks.ts';
import { browserTexts, storageOrNull } from '../../text-store.ts';
import { addConversation, addTurn, isMessageKnown, refreshMessages, refreshRun } from './chat-cache.ts';
import { createDrafts, type Drafts } from './drafts.ts';
import { createLiveRuns, scheduleWithPicture, type LiveRun, type LiveRuns, type OpenStream } from './live-runs.ts';
import { createNewChatPlace, type NewChatPlace } from './new-chat-place.ts';
import { createOutbox, type Outbox, type UnsentTurn } from './outbox.ts';
import { createStreamSlots } from './stream-slots.ts';
import { createTurns, type Turns } from './turns.ts';

/** What of a chat goes on while its screen changes: running answers, unsent turns, drafts. */
export interface ChatEngine {
  liveRuns: LiveRuns;
  turns: Turns;
  drafts: Drafts;
  newChat: NewChatPlace;
  /** Told when a turn was sent, and (with its place) when a new chat became a conversation. */
  onSent: (listener: (conversationId: string, place: string | null) => void) => () => void;
}

// Plain http offers no randomUUID; the key only has to be unlikely to repeat.
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

const slots = 4;
const pollMs = 1000;
const othersWaitMs = 1000;

/** Over HTTP/2 and 3 all streams share one connection, and none is in the way of another. */
const isMultiplexed = (): boolean => {
  const [page] = performance.getEntriesByType('navigation') as Partial<PerformanceNavigationTiming>[];
  return /^h[23]/.test(page?.nextHopProtocol ?? '');
};

const openStreams = (stream: OpenStream): OpenStream =>
  isMultiplexed() ? stream : createStreamSlots({ stream, locks: browserLocks, slots, pollMs, page: document });

/** Calls back once for every turn that is sent from now on, by whichever tab. */
const onEverySent = (outbox: Outbox, callback: (turn: UnsentTurn) => void): void => {
  const sent = (): UnsentTurn[] => outbox.all().filter(({ state }) => state === 'sent');
  const seen = new Set(sent().map(({ key }) => key));
  outbox.subscribe(() => {
    for (const turn of sent()) {
      if (seen.has(turn.key)) continue;
      seen.add(turn.key);
      callback(turn);
    }
  });
};

// One per page: it stands for the tab.
let newChat: NewChatPlace | null = null;

export const createChatEngine = (options: {
  api: Api;
  queryClient: QueryClient;
  workspaceId: string;
  userId: string;
}): ChatEngine => {
  const { api, queryClient, workspaceId, userId } = options;
  const listeners = new Set<(conversationId: string, place: string | null) => void>();
  const tell = (conversationId: string, place: string | null): void => {
    for (const listener of listeners) listener(conversationId, place);
  };
  const liveRuns = createLiveRuns({
    openStream: openStreams((runId, streamOptions) => api.runs.stream(runId, streamOptions)),
    onEnded: (runId) => refreshRun(queryClient, workspaceId, runId),
    schedule: scheduleWithPicture,
  });
  const outbox = createOutbox(browserTexts, unsentPrefix(userId, workspaceId));
  const turns = createTurns({
    api,
    liveRuns,
    newKey,
    outbox,
    locks: browserLocks,
    scope: `${userId}.${workspaceId}`,
    onConversation: (conversation) => addConversation(queryClient, workspaceId, conversation),
    onSent: (turn) => {
      addTurn(queryClient, workspaceId, turn);
      tell(turn.run.conversationId, null);
    },
  });
  // Another tab may have sent what was written in this one.
  onEverySent(outbox, ({ place, sentAs, startedFrom }) => {
    if (!isMessageKnown(queryClient, workspaceId, place, sentAs)) refreshMessages(queryClient, workspaceId, place);
    if (startedFrom !== null) tell(place, startedFrom);
  });
  newChat ??= createNewChatPlace(
    storageOrNull(() => window.sessionStorage),
    browserLocks,
    newKey,
  );
  return {
    liveRuns,
    turns,
    drafts: createDrafts(browserTexts, draftPrefix(userId, workspaceId)),
    newChat,
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

/** Sends what waits to be sent, in whichever chat, while the component is there. */
export const useUnsentSender = (): void => {
  const { turns } = useChatEngine();
  useEffect(() => {
    const onVisibility = (): void => {
      if (document.visibilityState === 'visible') turns.reconnect();
    };
    turns.reconnect();
    turns.resume();
    // The tab where it was written comes first.
    let timer: ReturnType<typeof setTimeout> | undefined;
    const forget = turns.outbox.subscribe(() => {
      clearTimeout(timer);
      timer = setTimeout(turns.resume, othersWaitMs);
    });
    window.addEventListener('online', turns.reconnect);
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      clearTimeout(timer);
      forget();
      window.removeEventListener('online', turns.reconnect);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [turns]);
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
