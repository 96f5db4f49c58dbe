import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError } from '../../platform/errors.ts';
import type { Routes } from '../../platform/http/app.ts';
import { openEventStream } from '../../platform/http/stream.ts';
import {
  AnswerAgainSchema,
  ConversationMessagesSchema,
  IdempotencyHeaders,
  RunSchema,
  SendOutcomeSchema,
  SendQuery,
  SendSchema,
  SentTurnSchema,
} from './schemas.ts';
import { streamReader } from './run-reader.ts';
import type { RunService, Sent } from './service.ts';

const ConversationParams = z.strictObject({ id: z.uuid() });
const QuestionParams = z.strictObject({ id: z.uuid(), messageId: z.uuid() });
const RunParams = z.strictObject({ id: z.uuid() });
const eventNumber = z
  .string()
  .regex(/^\d{1,9}$/, { error: 'is not the number of an event' })
  .transform(Number);

const wantsStream = (request: FastifyRequest): boolean => (request.headers.accept ?? '').includes('text/event-stream');

/** `Last-Event-ID` is what the reader has seen itself; it wins over the address it once started with. */
const readAfter = (request: FastifyRequest, after: number | undefined): number => {
  const seen = request.headers['last-event-id'];
  if (typeof seen !== 'string' || seen === '') return after ?? 0;
  const number = eventNumber.safeParse(seen);
  if (!number.success)
    throw new AppError('invalid_request', 'Last-Event-ID is not the number of an event.', {
      errors: [{ path: 'last-event-id', message: 'is not the number of an event' }],
    });
  return number.data;
};

export const runRoutes =
  (runs: RunService): Routes =>
  (app) => {
    const answerSent = (request: FastifyRequest, reply: FastifyReply, sent: Sent): unknown => {
      if (sent.replay) void reply.header('idempotent-replay', 'true');
      const { run } = sent.turn;
      void reply.header('parley-run', run.id);
      if (!wantsStream(request)) return reply.code(201).send(sent.turn);
      const stream = openEventStream(reply);
      runs.watch(request.caller, streamReader(stream), { runId: run.id, conversationId: run.conversationId, after: 0 });
      return reply;
    };

    app.get(
      '/v1/conversations/:id/messages',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'listMessages',
          tags: ['conversations'],
          summary: 'The conversation with its whole tree of messages',
          params: ConversationParams,
          response: { 200: ConversationMessagesSchema },
        },
      },
      (request) => runs.messages(request.caller, request.params.id),
    );

    app.post(
      '/v1/conversations/:id/messages',
      {
        config: { access: 'member' },
        schema: {
          operationId: 'sendMessage',
          tags: ['conversations'],
          summary: 'Send a message; answered as JSON, or as the answer’s events with Accept: text/event-stream',
          params: ConversationParams,
          headers: IdempotencyHeaders,
          body: SendSchema,
          response: { 201: SentTurnSchema },
        },
      },
      async (request, reply) => {
        const key = request.headers['idempotency-key'];
        return answerSent(
          request,
          reply,
          await runs.send(request.caller, request.params.id, request.body, key),
        ) as never;
      },
    );

    app.post(
      '/v1/conversations/:id/messages/:messageId/answers',
      {
        config: { access: 'member' },
        schema: {
          operationId: 'answerAgain',
          tags: ['conversations'],
          summary: 'Answer a question once more, beside the answers it has, or continue one of those',
          params: QuestionParams,
          headers: IdempotencyHeaders,
          body: AnswerAgainSchema,
          response: { 201: SentTurnSchema },
        },
      },
      async (request, reply) => {
        const { id, messageId } = request.params;
        const key = request.headers['idempotency-key'];
        return answerSent(
          request,
          reply,
          await runs.answerAgain(request.caller, id, messageId, request.body, key),
        ) as never;
      },
    );

    app.get(
      '/v1/sends',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'findSend',
          tags: ['conversations'],
          summary: 'Whether a send with this Idempotency-Key was done (keys are kept for 7 days)',
          querystring: SendQuery,
          response: { 200: SendOutcomeSchema },
        },
      },
      async (request) => {
        const turn = await runs.findSent(request.caller, request.query.of, request.query.key);
        return { done: turn !== null, turn };
      },
    );

    app.get(
      '/v1/runs/:id',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'getRun',
          tags: ['runs'],
          summary: 'A run',
          params: RunParams,
          response: { 200: RunSchema },
        },
      },
      (request) => runs.get(request.caller, request.params.id),
    );

    app.post(
      '/v1/runs/:id/stop',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'stopRun',
          tags: ['runs'],
          summary: 'Stop an answer and keep what it has said',
          params: RunParams,
          response: { 200: RunSchema },
        },
      },
      (request) => runs.stop(request.caller, request.params.id),
    );

    app.get(
      '/v1/runs/:id/events',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'streamRunEvents',
          tags: ['runs'],
          summary: 'The events of a run after a number, then live until it ends (server-sent events)',
          params: RunParams,
          querystring: z.strictObject({
            after: eventNumber.optional(),
            live: z
              .enum(['true', 'false'])
              .optional()
              .describe('false: only what the log holds now, for readers that cannot keep a connection open'),
          }),
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const after = readAfter(request, request.query.after);
        const { conversationId } = await runs.openEvents(request.caller, id, after);
        const stays = request.query.live !== 'false';
        runs.watch(request.caller, streamReader(openEventStream(reply)), { runId: id, conversationId, after, stays });
        return reply;
      },
    );
  };
