import { z } from 'zod';
import { line } from '../../platform/text-fields.ts';

export const TITLE_LIMIT = 200;
export const PAGE_LIMIT = 100;
export const PAGE_DEFAULT = 50;

export const ConversationSchema = z
  .object({
    id: z.uuid(),
    title: z.string().nullable(),
    bot: z
      .object({ id: z.uuid(), name: z.string(), avatar: z.string() })
      .nullable()
      .describe('null when the bot was deleted or is no longer shared with the caller.'),
    headMessageId: z.uuid().nullable().describe('The answer that was written or begun last'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Conversation' });

export const PartSchema = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('text'), text: z.string() }),
    z.object({ type: z.literal('reasoning'), text: z.string() }),
    z.object({ type: z.literal('tool-call'), id: z.string(), name: z.string(), input: z.unknown() }),
    z.object({ type: z.literal('tool-result'), id: z.string(), output: z.unknown(), isError: z.boolean() }),
    z.looseObject({ type: z.literal('citation') }),
  ])
  .meta({ id: 'Part' });

const title = line(TITLE_LIMIT);

export const conversationBody = z.strictObject({ botId: z.uuid(), title: title.optional() });
export const conversationPatch = z.strictObject({ title });

export const conversationsQuery = z.strictObject({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_LIMIT).default(PAGE_DEFAULT),
});

export type ConversationView = z.output<typeof ConversationSchema>;
export type Part = z.output<typeof PartSchema>;
export type ConversationBody = z.output<typeof conversationBody>;
export type ConversationsQuery = z.output<typeof conversationsQuery>;
