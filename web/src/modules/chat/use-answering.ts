import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef } from 'react';
import { useApi, useWorkspaceId } from '../../api.ts';
import { useToast } from '../../design/toast.tsx';
import { useErrorText } from '../../problems.ts';
import { addTurn } from './chat-cache.ts';
import type { AskRequest } from './message-row.tsx';

export interface Answering {
  ask: (request: AskRequest) => void;
  isAsking: boolean;
  /** Stops the answer that is being written. */
  stop: () => void;
}

/** Asking once more and stopping; the same twice, in this tab or in another, is once. */
export const useAnswering = (
  conversationId: string | null,
  runningRunId: string | null,
  onAsked: () => void,
): Answering => {
  const api = useApi();
  const workspaceId = useWorkspaceId();
  const queryClient = useQueryClient();
  const toast = useToast();
  const errorText = useErrorText();

  const asking = useMutation({
    mutationFn: ({ kind, answer, versions }: AskRequest) => {
      const idempotencyKey = `${kind}.${answer.id}.${versions}`;
      const questionId = answer.parentId ?? '';
      return kind === 'again'
        ? api.conversations.regenerate(conversationId ?? '', questionId, { idempotencyKey })
        : api.conversations.continueAnswer(conversationId ?? '', questionId, answer.id, { idempotencyKey });
    },
    onSuccess: (turn) => {
      addTurn(queryClient, workspaceId, turn);
      onAsked();
    },
    onError: (error) => toast.fail(errorText(error)),
  });

  const stopping = useRef<string | null>(null);
  const stop = useCallback(() => {
    if (runningRunId === null || stopping.current === runningRunId) return;
    stopping.current = runningRunId;
    api.runs.stop(runningRunId).catch((error: unknown) => {
      stopping.current = null;
      toast.fail(errorText(error));
    });
  }, [api, runningRunId, toast, errorText]);

  return { ask: asking.mutate, isAsking: asking.isPending, stop };
};
