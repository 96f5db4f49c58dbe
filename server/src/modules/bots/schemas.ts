import { z } from 'zod';
import { ModelRefSchema } from '../models/index.ts';
import { BotTypeSchema } from './bot-types.ts';
import { line, paragraphs, symbol } from '../../platform/text-fields.ts';

export const NAME_LIMIT = 80;
export const DESCRIPTION_LIMIT = 500;
export const INSTRUCTIONS_LIMIT = 20_000;
export const TEMPERATURE_LIMIT = 2;
export const MAX_TOKENS_LIMIT = 200_000;
export const FALLBACKS_LIMIT = 5;
export const PAGE_LIMIT = 200;

export const visibilities = ['private', 'workspace', 'public'] as const;
export type Visibility = (typeof visibilities)[number];

export const BotSchema = z
  .object({
    id: z.uuid(),
    workspaceId: z.uuid(),
    name: z.string(),
    description: z.string(),
    avatar: z.string(),
    type: BotTypeSchema,
    instructions: z.string().describe('Empty for public bots of other workspaces.'),
    model: ModelRefSchema.nullable().describe('null stands for the default model of the workspace.'),
    fallbacks: z.array(ModelRefSchema).describe('Asked in this order when the model before cannot answer.'),
    temperature: z.number().nullable(),
    maxTokens: z.number().int().nullable(),
    visibility: z.enum(visibilities),
    createdBy: z.uuid().nullable(),
    canEdit: z.boolean(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Bot' });

const fallbacks = z
  .array(ModelRefSchema)
  .max(FALLBACKS_LIMIT)
  .superRefine((list, context) => {
    list.forEach(({ providerId, name }, index) => {
      if (list.findIndex((other) => other.providerId === providerId && other.name === name) < index)
        context.addIssue({ code: 'custom', path: [index], message: 'is in the list already' });
    });
  });

const fields = {
  name: line(NAME_LIMIT),
  type: BotTypeSchema,
  description: paragraphs(DESCRIPTION_LIMIT),
  avatar: symbol(),
  instructions: paragraphs(INSTRUCTIONS_LIMIT),
  model: ModelRefSchema.nullable(),
  fallbacks,
  temperature: z.number().min(0).max(TEMPERATURE_LIMIT).nullable(),
  maxTokens: z.number().int().min(1).max(MAX_TOKENS_LIMIT).nullable(),
  visibility: z.enum(visibilities),
};

export const botBody = z.strictObject(fields).partial().required({ name: true, type: true });
export const botPatch = z.strictObject(fields).partial();

export const botsQuery = z.strictObject({
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_LIMIT).default(PAGE_LIMIT),
});

export type BotView = z.output<typeof BotSchema>;
export type BotBody = z.output<typeof botBody>;
export type BotPatch = z.output<typeof botPatch>;
export type BotsQuery = z.output<typeof botsQuery>;
