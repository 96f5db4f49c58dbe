import { z } from 'zod';
import { ConversationSchema, PartSchema } from '../conversations/index.ts';

export const textLimit = 100_000;

const time = z.iso.datetime();

export const UsageSchema = z
  .object({
    inputTokens: z.int(),
    outputTokens: z.int(),
    cacheReadTokens: z.int(),
    cacheWriteTokens: z.int(),
  })
  .meta({ id: 'Usage' });

export const RunAttemptSchema = z
  .object({
    providerId: z.uuid().nullable(),
    providerName: z.string().nullable(),
    model: z.string().nullable(),
    called: z
      .boolean()
      .describe('False when the provider was not asked: gone, without a key, known to be down, or too busy'),
    code: z.string().nullable().describe('Why it failed; null when it answered to the end'),
    startedAt: time,
    firstTokenMs: z.int().nullable(),
    durationMs: z.int(),
    usage: UsageSchema.nullable(),
  })
  .meta({ id: 'RunAttempt' });

export const RunErrorSchema = z
  .object({ code: z.string(), message: z.string(), retryable: z.boolean() })
  .meta({ id: 'RunError' });

export const RunSchema = z
  .object({
    id: z.uuid(),
    conversationId: z.uuid(),
    messageId: z.uuid().describe('The answer this run writes'),
    status: z.enum(['queued', 'running', 'waiting_approval', 'completed', 'stopped', 'failed', 'interrupted']),
    stopReason: z.string().nullable(),
    error: RunErrorSchema.nullable(),
    model: z.object({ provider: z.string().nullable(), name: z.string() }).nullable(),
    usage: UsageSchema.nullable().describe('What the providers of all attempts reported together'),
    attempts: z
      .array(RunAttemptSchema)
      .describe('Every time a model was to answer, in order; complete once the run has ended'),
    costNanos: z.int().nullable().describe('Nano-dollars'),
    textSha256: z.string().nullable(),
    createdAt: time,
    startedAt: time.nullable(),
    endedAt: time.nullable(),
  })
  .meta({ id: 'Run' });

export const MessageSchema = z
  .object({
    id: z.uuid(),
    conversationId: z.uuid(),
    parentId: z.uuid().nullable(),
    role: z.enum(['user', 'assistant']),
    parts: z.array(PartSchema),
    run: RunSchema.nullable(),
    createdAt: time,
  })
  .meta({ id: 'Message' });

export const SentTurnSchema = z
  .object({ message: MessageSchema, answer: MessageSchema, run: RunSchema })
  .meta({ id: 'SentTurn' });

export const ConversationMessagesSchema = z
  .object({ conversation: ConversationSchema, messages: z.array(MessageSchema) })
  .meta({ id: 'ConversationMessages' });

export const SendSchema = z.strictObject({
  text: z
    .string()
    .max(textLimit)
    .refine((text) => text.trim() !== '', { error: 'is blank' })
    .refine((text) => !text.includes('\0') && text.isWellFormed(), {
      error: 'has characters that are not text (U+0000 or half of a surrogate pair)',
    }),
  parentId: z
    .uuid()
    .nullable()
    .optional()
    .describe('The answer this follows; null starts a new branch at the root; default is the latest message'),
});

export const AnswerAgainSchema = z.strictObject({
  continueFrom: z
    .uuid()
    .optional()
    .describe('An ended answer to this question: the new answer begins with its text and goes on from there'),
});

const clientKey = z.string().regex(/^[\x21-\x7e]{1,255}$/, { error: 'must be 1 to 255 visible ASCII characters' });

export const IdempotencyHeaders = z.object({ 'idempotency-key': clientKey.optional() });

export const SendQuery = z.strictObject({
  key: clientKey.describe('The Idempotency-Key the send was made with'),
  of: z.enum(['message', 'answer']).default('message').describe('Whether it sent a message or asked for an answer'),
});

export const SendOutcomeSchema = z
  .object({ done: z.boolean(), turn: SentTurnSchema.nullable() })
  .meta({ id: 'SendOutcome' });

export type Run = z.infer<typeof RunSchema>;
export type Message = z.infer<typeof MessageSchema>;
export type SentTurn = z.infer<typeof SentTurnSchema>;
