import { ParleyError } from '@parley/sdk';
import type { Client, Conversation, ErrorCode, SentTurn } from '@parley/sdk';
import type { TabLocks } from '../../tab-locks.ts';
import type { LiveRuns } from './live-runs.ts';
import type { Outbox, UnsentError, UnsentTurn } from './outbox.ts';

export interface NewTurn {
  place: string;
  text: string;
  botId: string | null;
  conversationId: string | null;
  parentId: string | null;
  /** The run of the answer it continues, when that is still being written. */
  afterRunId: string | null;
}

export interface Turns {
  outbox: Outbox;
  /** Puts a turn at the end of its place's queue and sends it as soon as it may go. */
  send: (turn: NewTurn) => void;
  retry: (key: string) => void;
  /** Takes a turn that was not sent out of the queue and gives its text back; null when it turns out to be sent. */
  withdraw: (key: string) => Promise<string | null>;
  /** Goes on, in every place, with what a reload or another tab left behind. */
  resume: () => void;
  /** Sends again, in every place, what failed only for a reason that passes. */
  reconnect: () => void;
}

export interface TurnsOptions {
  api: Pick<Client, 'conversations'>;
  outbox: Outbox;
  liveRuns: LiveRuns;
  locks: TabLocks;
  /** Separates users and workspaces in the names of the locks. */
  scope: string;
  newKey: () => string;
  onConversation: (conversation: Conversation, place: string) => void;
  onSent: (turn: SentTurn) => void;
  /** How long a sent turn stays for the tabs that do not have its message yet. */
  keepSentMs?: number;
}

const passingCodes = new Set<string>(['network', 'unavailable', 'invalid_response'] satisfies ErrorCode[]);
const firstDelayMs = 2000;
const maxDelayMs = 60_000;
/** After this an attempt counts as failed: a connection may be dead without anybody saying so. */
const attemptMs = 30_000;
/** How long a person waits for the text to be given back. */
const findMs = 3000;

/** Whether it will be sent by itself as soon as the reason has passed. */
export const isPassing = (error: UnsentError | null): boolean => error !== null && passingCodes.has(error.code);

const inTime = async <T>(answer: Promise<T>): Promise<T> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const fail = (): void => reject(new ParleyError('network', 'The server did not answer.', { status: 0 }));
    timer = setTimeout(fail, attemptMs);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
};

const explain = (error: unknown): UnsentError =>
  error instanceof ParleyError
    ? { code: error.code, message: error.detail }
    : { code: 'unknown', message: error instanceof Error ? error.message : '' };

/** Sends turns one after the other per place, each once, each after the answer before it; one tab of a browser at a time. */
export const createTurns = (options: TurnsOptions): Turns => {
  const { api, outbox, liveRuns, locks, scope, newKey, onConversation, onSent, keepSentMs = 5000 } = options;
  /** The queues that are being worked on, and whether they are to be looked at once more. */
  const wanted = new Map<string, boolean>();
  const leaving = new Set<string>();
  const failures = new Map<string, number>();
  const retries = new Map<string, ReturnType<typeof setTimeout>>();

  const waiting = (place: string): UnsentTurn[] => outbox.list(place).filter(({ state }) => state !== 'sent');
  const find = (key: string): UnsentTurn | undefined => outbox.all().find((turn) => turn.key === key);

  const conversationOf = async (turn: UnsentTurn): Promise<string> => {
    if (turn.conversationId !== null) return turn.conversationId;
    if (turn.botId === null) throw new Error('A new chat needs a bot.');
    const conversation = await inTime(api.conversations.create({ botId: turn.botId }));
    outbox.update(turn.key, { conversationId: conversation.id });
    onConversation(conversation, turn.place);
    return conversation.id;
  };

  const removeLater = (key: string): void => {
    if (leaving.has(key)) return;
    leaving.add(key);
    setTimeout(() => {
      leaving.delete(key);
      outbox.remove(key);
    }, keepSentMs);
  };

  /** What waits behind a sent turn continues from its answer, and is where the sent one went. */
  const settle = (turn: UnsentTurn, sent: SentTurn): void => {
    const { conversationId } = sent.run;
    failures.delete(turn.key);
    clearTimeout(retries.get(turn.key));
    retries.delete(turn.key);
    onSent(sent);
    const [next, ...others] = waiting(turn.place).filter(({ key }) => key !== turn.key);
    if (next !== undefined)
      outbox.update(next.key, {
        place: conversationId,
        conversationId,
        parentId: sent.answer.id,
        afterRunId: sent.run.id,
      });
    for (const other of others) outbox.update(other.key, { place: conversationId, conversationId });
    const startedFrom = turn.place === conversationId ? null : turn.place;
    outbox.update(turn.key, {
      state: 'sent',
      sentAs: sent.message.id,
      place: conversationId,
      startedFrom,
      error: null,
    });
    removeLater(turn.key);
    if (startedFrom !== null) void drain(conversationId);
  };

  /** What became of a turn whose answer may have been lost; null when the server does not have it, or cannot be asked. */
  const findSent = async (turn: UnsentTurn): Promise<SentTurn | null> => {
    if (!turn.isAttempted || turn.conversationId === null) return null;
    const known = api.conversations.findSend(turn.key).then(
      (outcome) => outcome.turn,
      () => null,
    );
    return Promise.race([known, new Promise<null>((resolve) => setTimeout(resolve, findMs, null))]);
  };

  const retryLater = (turn: UnsentTurn): void => {
    const count = failures.get(turn.key) ?? 0;
    failures.set(turn.key, count + 1);
    const ceiling = Math.min(maxDelayMs, firstDelayMs * 2 ** count);
    clearTimeout(retries.get(turn.key));
    retries.set(
      turn.key,
      setTimeout(() => goOn(turn.key), firstDelayMs / 2 + Math.random() * ceiling),
    );
  };

  const attempt = async (turn: UnsentTurn): Promise<boolean> => {
    outbox.update(turn.key, { state: 'sending', isAttempted: true });
    try {
      const conversationId = await conversationOf(turn);
      const { key: idempotencyKey, text, parentId } = turn;
      const sent = await inTime(api.conversations.send(conversationId, { text, parentId }, { idempotencyKey }));
      settle(turn, sent);
      return true;
    } catch (caught) {
      const error = explain(caught);
      outbox.update(turn.key, { state: 'failed', error });
      if (isPassing(error)) retryLater(turn);
      return false;
    }
  };

  /** One step of a queue; false when there is nothing to do in it now. */
  const advance = async (place: string): Promise<boolean> => {
    const [first] = waiting(place);
    if (first === undefined || first.state === 'failed') return false;
    if (first.afterRunId !== null) await liveRuns.ended(first.afterRunId);
    const release = await locks.hold(`send.${scope}.${place}`);
    try {
      outbox.refresh();
      const [now] = waiting(place);
      if (now?.key !== first.key || now.afterRunId !== first.afterRunId || now.state === 'failed') return true;
      return await attempt(now);
    } finally {
      release();
    }
  };

  const drain = async (place: string): Promise<void> => {
    const isDraining = wanted.has(place);
    wanted.set(place, true);
    if (isDraining) return;
    try {
      // Whoever asks for it meanwhile may have changed what the last step has looked at.
      while (wanted.get(place) === true) {
        wanted.set(place, false);
        while (await advance(place));
      }
    } finally {
      wanted.delete(place);
    }
  };

  /** Tries what has failed once more; what it failed for stays known while that lasts. */
  const goOn = (key: string): void => {
    const turn = find(key);
    if (turn === undefined) return;
    if (turn.state === 'failed') outbox.update(key, { state: 'queued' });
    void drain(turn.place);
  };

  return {
    outbox,
    retry(key) {
      outbox.update(key, { error: null });
      goOn(key);
    },
    send(turn) {
      const isBehind = waiting(turn.place).length > 0;
      outbox.add({
        ...turn,
        key: newKey(),
        // Behind another unsent turn the place to continue from is known only when that one was sent.
        ...(isBehind ? { parentId: undefined, afterRunId: null } : {}),
        state: 'queued',
        isAttempted: false,
        sentAs: null,
        startedFrom: null,
        error: null,
      });
      void drain(turn.place);
    },
    async withdraw(key) {
      const turn = find(key);
      if (turn === undefined || turn.state === 'sent') return null;
      const sent = await findSent(turn);
      if (sent !== null) {
        settle(turn, sent);
        return null;
      }
      outbox.remove(key);
      void drain(turn.place);
      return turn.text;
    },
    resume() {
      for (const { key, state, place } of outbox.all())
        if (state === 'sent') removeLater(key);
        else void drain(place);
    },
    reconnect() {
      for (const { key, state, error } of outbox.all())
        if (state === 'failed' && (isPassing(error) || error?.code === 'unauthenticated')) goOn(key);
    },
  };
};
