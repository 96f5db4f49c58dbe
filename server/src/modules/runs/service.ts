import { setTimeout as pause } from 'node:timers/promises';
import type { Caller } from '../../platform/caller.ts';
import { AppError, notFound } from '../../platform/errors.ts';
import { newId, sha256 } from '../../platform/ids.ts';
import { titleFrom, type Conversations } from '../conversations/index.ts';
import { toAssignment } from './assignment.ts';
import type { Executor } from './executor.ts';
import type { Attachment, Feed } from './feed.ts';
import type { Keeper } from './keeper.ts';
import { presentMessage, presentRun, presentSentRun } from './present.ts';
import { eventFrame, isEnded } from './run-event.ts';
import type { RunReader } from './run-reader.ts';
import type { Message, Run, SentTurn } from './schemas.ts';
import type { RunStore, Sending, SentRow } from './store.ts';

export interface Sent {
  turn: SentTurn;
  /** The key was used before: nothing new was written. */
  replay: boolean;
}

export interface SendRequest {
  text: string;
  parentId?: string | null | undefined;
}

/** What a key was sent with: a message, or the wish for one more answer. */
export type SentKind = 'message' | 'answer';

const keyScope = (caller: Caller, kind: SentKind): string =>
  `${caller.userId} ${kind === 'message' ? 'send' : 'answer'}`;

const stopWaitMs = 1_500;
const stopLookMs = 100;

export const createRunService = (deps: {
  store: RunStore;
  conversations: Pick<Conversations, 'open'>;
  executor: Executor;
  feed: Feed;
  keeper: Pick<Keeper, 'expect' | 'stopElsewhere'>;
  /** False while the log takes no appends: a send would be accepted and not answered. */
  healthy(): boolean;
  /** True while the process ends what it has and takes nothing new. */
  isStopping(): boolean;
}) => {
  const { store, conversations, executor, keeper } = deps;

  const begin = (caller: Caller, sending: Sending, row: SentRow, question: string): void => {
    const data = JSON.stringify({ v: 1, messageId: sending.answerId, model: row.model });
    executor.start(
      toAssignment(row, {
        id: sending.runId,
        workspaceId: caller.workspaceId,
        epoch: 1,
        lastSeq: 1,
        startFrame: { seq: 1, type: 'run-start', text: eventFrame(1, 'run-start', data) },
        question,
      }),
    );
  };

  // Runs whose send statement has not been answered yet.
  const accepting = new Map<string, Promise<SentRow | null>>();

  const acceptNow = async (caller: Caller, sending: Sending, question: string): Promise<SentRow | null> => {
    try {
      const row = await store.send(caller.workspaceId, sending);
      if (row?.waits) keeper.expect(sending.runId);
      else if (row) begin(caller, sending, row, question);
      return row;
    } finally {
      accepting.delete(sending.runId);
    }
  };
  const accept = (caller: Caller, sending: Sending, question: string): Promise<SentRow | null> => {
    const accepted = acceptNow(caller, sending, question);
    accepting.set(sending.runId, accepted);
    return accepted;
  };

  /** Begins a run after all that was written here by a statement whose reply was lost. */
  const beginForgotten = async (runId: string): Promise<void> => {
    if (accepting.has(runId) || executor.liveIds().includes(runId)) return;
    if (await store.requeue(runId)) keeper.expect(runId);
  };

  const replay = async (caller: Caller, runId: string): Promise<Sent> => {
    const run = await store.find(caller.workspaceId, caller.userId, runId);
    const answer = run && (await store.message(caller.workspaceId, run.message_id));
    const message = answer?.parent_id && (await store.message(caller.workspaceId, answer.parent_id));
    if (!run || !answer || !message) throw notFound();
    if (run.status === 'running') await beginForgotten(runId);
    const shown = presentRun(run);
    return {
      turn: { message: presentMessage(message, null), answer: presentMessage(answer, shown), run: shown },
      replay: true,
    };
  };

  const isQuestion = async (caller: Caller, { place, conversationId }: Sending): Promise<boolean> => {
    const message = place ? await store.message(caller.workspaceId, place) : undefined;
    return message?.role === 'user' && message.conversation_id === conversationId;
  };

  /** Why nothing was written: the key was used before, or there is no such place for the caller. */
  const explain = async (caller: Caller, sending: Sending): Promise<Sent> => {
    const used = await store.idempotency(caller.workspaceId, sending.scope, sending.key);
    if (used && !used.requestSha256.equals(sending.requestSha256))
      throw new AppError('idempotency_mismatch', 'This Idempotency-Key was used for another request. Use a new one.');
    if (used) return replay(caller, used.runId);
    await conversations.open(caller, sending.conversationId);
    if (sending.continuesId !== null && (await isQuestion(caller, sending)))
      throw new AppError('invalid_request', 'body continueFrom: is not an ended answer to this question', {
        errors: [{ path: 'continueFrom', message: 'is not an ended answer to this question' }],
      });
    if (sending.questionId === null) throw notFound();
    throw new AppError('invalid_request', 'body parentId: is not an answer in this conversation', {
      errors: [{ path: 'parentId', message: 'is not an answer in this conversation' }],
    });
  };

  const send = async (
    caller: Caller,
    conversationId: string,
    key: string | undefined,
    turn: { text: string; place: string | null | undefined; questionId: string | null; continuesId: string | null },
  ): Promise<Sent> => {
    if (deps.isStopping())
      throw new AppError('unavailable', 'This server is about to stop. Nothing was sent; try again.', {
        retryAfter: 1,
      });
    if (!deps.healthy())
      throw new AppError(
        'unavailable',
        'The database does not take writes just now. Nothing was sent; try again shortly.',
        {
          retryAfter: 2,
        },
      );
    const runId = newId();
    const sending: Sending = {
      userId: caller.userId,
      conversationId,
      place: turn.place,
      questionId: turn.questionId,
      answerId: newId(),
      runId,
      continuesId: turn.continuesId,
      title: turn.questionId === null ? null : titleFrom(turn.text),
      parts: [{ type: 'text', text: turn.text }],
      scope: keyScope(caller, turn.questionId === null ? 'answer' : 'message'),
      key: key ?? runId,
      requestSha256: sha256(
        JSON.stringify([conversationId, turn.place ?? null, turn.place === undefined, turn.text, turn.continuesId]),
      ),
    };
    const row = await accept(caller, sending, turn.questionId === null ? '' : turn.text);
    if (!row) return explain(caller, sending);
    const run = presentSentRun(sending, row);
    const created = { conversation_id: conversationId, created_at: row.created_at };
    const answer = presentMessage(
      { ...created, id: sending.answerId, parent_id: turn.questionId ?? row.place_id, role: 'assistant', parts: [] },
      run,
    );
    const message =
      turn.questionId === null
        ? await questionOf(caller, row.place_id)
        : presentMessage(
            { ...created, id: turn.questionId, parent_id: row.place_id, role: 'user', parts: sending.parts },
            null,
          );
    return { turn: { message, answer, run }, replay: false };
  };

  const questionOf = async (caller: Caller, messageId: string | null): Promise<Message> => {
    const row = messageId && (await store.message(caller.workspaceId, messageId));
    if (!row) throw notFound();
    return presentMessage(row, null);
  };

  const find = async (caller: Caller, runId: string) => {
    const row = await store.find(caller.workspaceId, caller.userId, runId);
    if (!row) throw notFound();
    return row;
  };

  return {
    /** Keeps the question, then answers it. Two statements at most when all is well. */
    send: (caller: Caller, conversationId: string, request: SendRequest, key: string | undefined): Promise<Sent> =>
      send(caller, conversationId, key, {
        text: request.text,
        place: request.parentId,
        questionId: newId(),
        continuesId: null,
      }),

    /** Answers a kept question once more, beside the answers it has; from the start, or from where one of those broke off. */
    answerAgain: (
      caller: Caller,
      conversationId: string,
      messageId: string,
      request: { continueFrom?: string | undefined },
      key: string | undefined,
    ): Promise<Sent> =>
      send(caller, conversationId, key, {
        text: '',
        place: messageId,
        questionId: null,
        continuesId: request.continueFrom ?? null,
      }),

    /** What became of the send with this key: null when nothing was written with it, or nothing yet. */
    async findSent(caller: Caller, of: SentKind, key: string): Promise<SentTurn | null> {
      const used = await store.idempotency(caller.workspaceId, keyScope(caller, of), key);
      return used ? (await replay(caller, used.runId)).turn : null;
    },

    async messages(caller: Caller, conversationId: string) {
      const { conversation, messages } = await conversations.open(caller, conversationId);
      const runs = await store.ofConversation(caller.workspaceId, conversationId);
      const byMessage = new Map(runs.map((row) => [row.message_id, presentRun(row)]));
      return {
        conversation,
        messages: messages.map((message): Message => ({
          ...message,
          conversationId,
          createdAt: message.createdAt.toISOString(),
          run: byMessage.get(message.id) ?? null,
        })),
      };
    },

    get: async (caller: Caller, runId: string): Promise<Run> => presentRun(await find(caller, runId)),

    /** Stops an answer; what it has said is kept. Asking again changes nothing. */
    async stop(caller: Caller, runId: string): Promise<Run> {
      const row = await find(caller, runId);
      if (isEnded(row.status)) return presentRun(row);
      const here = await Promise.race([executor.stop(runId), pause(stopWaitMs, true, { ref: false })]);
      if (!here) await keeper.stopElsewhere(caller.workspaceId, runId);
      for (let waited = 0; ; waited += stopLookMs) {
        const now = await find(caller, runId);
        if (here || isEnded(now.status) || waited >= stopWaitMs) return presentRun(now);
        await pause(stopLookMs, null, { ref: false });
      }
    },

    /** Where a reader may attach; throws `resync` with the message when the events are gone. */
    async openEvents(caller: Caller, runId: string, after: number): Promise<{ conversationId: string }> {
      const row = await find(caller, runId);
      const lastSeq = Number(row.last_seq);
      if (isEnded(row.status) && lastSeq === 0) {
        const message = await store.message(caller.workspaceId, row.message_id);
        throw new AppError('resync', 'The events of this answer are no longer kept. Its message holds what was said.', {
          details: { message: message && presentMessage(message, presentRun(row)) },
        });
      }
      if (after > lastSeq)
        throw new AppError('invalid_request', `This answer has no event ${after}; its last one is ${lastSeq}.`, {
          errors: [{ path: 'after', message: 'is not the number of an event of this answer' }],
        });
      return { conversationId: row.conversation_id };
    },

    /** Gives the reader the events of a run that the caller was let at: the rest of the log, then what comes. */
    /** Resolves when no send is under way that may still begin a run. */
    accepted: async (): Promise<void> => void (await Promise.allSettled(accepting.values())),

    watch: (
      caller: Caller,
      reader: RunReader,
      place: Omit<Attachment, 'userId' | 'sessionId' | 'workspaceId'>,
    ): void => {
      const { userId, sessionId, workspaceId } = caller;
      deps.feed.attach(reader, { userId, sessionId, workspaceId, ...place });
    },
  };
};

export type RunService = ReturnType<typeof createRunService>;
