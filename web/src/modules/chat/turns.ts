import { ParleyError } from '@parley/sdk';
import type { Client, Conversation, SentTurn } from '@parley/sdk';
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
  retry: (key: string, place: string) => void;
  /** Takes a turn that was not sent out of the queue and gives its text back. */
  withdraw: (key: string, place: string) => string;
  /** Goes on with what a reload of the page left behind. */
  resume: (place: string) => void;
  /** Sends again, in every place, what failed only because the server was out of reach. */
  reconnect: () => void;
}

export interface TurnsOptions {
  api: Pick<Client, 'conversations'>;
  outbox: Outbox;
  liveRuns: LiveRuns;
  newKey: () => string;
  onConversation: (conversation: Conversation, place: string) => void;
  onSent: (turn: SentTurn) => void;
  /** The first turn of a new chat is sent: from now on it lives at the conversation's address. */
  onStarted: (place: string, conversationId: string) => void;
}

const explain = (error: unknown): UnsentError =>
  error instanceof ParleyError
    ? { code: error.code, message: error.detail }
    : { code: 'unknown', message: error instanceof Error ? error.message : '' };

/** Sends turns one after the other per place, each once, each after the answer before it. */
export const createTurns = (options: TurnsOptions): Turns => {
  const { api, outbox, liveRuns, newKey, onConversation, onSent, onStarted } = options;
  const draining = new Set<string>();

  const conversationOf = async (turn: UnsentTurn): Promise<string> => {
    if (turn.conversationId !== null) return turn.conversationId;
    if (turn.botId === null) throw new Error('A new chat needs a bot.');
    const conversation = await api.conversations.create({ botId: turn.botId });
    outbox.update(turn.key, { conversationId: conversation.id });
    onConversation(conversation, turn.place);
    return conversation.id;
  };

  /** What waits behind a sent turn continues from its answer. */
  const chain = (sent: UnsentTurn, turn: SentTurn): void => {
    const next = outbox.list(sent.place).find((waiting) => waiting.state === 'queued');
    if (next !== undefined)
      outbox.update(next.key, {
        conversationId: turn.run.conversationId,
        parentId: turn.answer.id,
        afterRunId: turn.run.id,
      });
  };

  const attempt = async (turn: UnsentTurn): Promise<boolean> => {
    try {
      if (turn.afterRunId !== null) await liveRuns.ended(turn.afterRunId);
      if (!outbox.list(turn.place).some((waiting) => waiting.key === turn.key)) return true;
      outbox.update(turn.key, { state: 'sending', error: null });
      const conversationId = await conversationOf(turn);
      const { key: idempotencyKey, text, parentId } = turn;
      const sent = await api.conversations.send(conversationId, { text, parentId }, { idempotencyKey });
      outbox.update(turn.key, { sentAs: sent.message.id });
      onSent(sent);
      // The screen learns of the message a moment later; until then the unsent turn stands in for it.
      await new Promise((resolve) => setTimeout(resolve, 0));
      outbox.remove(turn.key);
      chain(turn, sent);
      if (turn.place !== conversationId) {
        for (const waiting of outbox.list(turn.place)) outbox.update(waiting.key, { place: conversationId });
        onStarted(turn.place, conversationId);
        void drain(conversationId);
      }
      return true;
    } catch (error) {
      outbox.update(turn.key, { state: 'failed', error: explain(error) });
      return false;
    }
  };

  const drain = async (place: string): Promise<void> => {
    if (draining.has(place)) return;
    draining.add(place);
    try {
      for (;;) {
        const [first] = outbox.list(place);
        if (first === undefined || first.state === 'failed') return;
        if (!(await attempt(first))) return;
      }
    } finally {
      draining.delete(place);
    }
  };

  const retry = (key: string, place: string): void => {
    outbox.update(key, { state: 'queued', error: null });
    void drain(place);
  };

  return {
    outbox,
    retry,
    send(turn) {
      const waiting = outbox.list(turn.place).length > 0;
      outbox.add({
        ...turn,
        key: newKey(),
        // Behind another unsent turn the place to continue from is known only when that one was sent.
        ...(waiting ? { parentId: undefined, afterRunId: null } : {}),
        state: 'queued',
        sentAs: null,
        error: null,
      });
      void drain(turn.place);
    },
    withdraw(key, place) {
      const turn = outbox.list(place).find((candidate) => candidate.key === key);
      outbox.remove(key);
      void drain(place);
      return turn?.text ?? '';
    },
    resume: (place) => void drain(place),
    reconnect() {
      const unreached = outbox.all().filter(({ state, error }) => state === 'failed' && error?.code === 'network');
      for (const turn of unreached) retry(turn.key, turn.place);
    },
  };
};
