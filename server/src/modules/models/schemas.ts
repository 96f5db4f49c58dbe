import { z } from 'zod';
import { line } from '../../platform/text-fields.ts';

export const NAME_LIMIT = 80;
export const KEY_LIMIT = 500;
export const BASE_URL_LIMIT = 500;
export const MODEL_NAME_LIMIT = 200;

const kind = z.enum(['demo', 'anthropic', 'openai', 'openai-compatible']);
const connectableKind = z.enum(['anthropic', 'openai', 'openai-compatible']);
const connectableSource = z.enum(['workspace', 'environment']);

export const ProviderSchema = z
  .object({
    id: z.uuid(),
    kind,
    name: z.string(),
    baseUrl: z.string().nullable(),
    keyHint: z.string().nullable().describe('The last four characters of the key. The key itself is never sent back.'),
    source: z.enum(['built-in', 'workspace', 'environment']),
    models: z.array(z.string()),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Provider' });

export const ProviderOfferSchema = z
  .object({
    kind: connectableKind,
    name: z.string(),
    baseUrl: z.string().nullable(),
    source: z.enum(['environment', 'local']),
    variable: z.string().nullable(),
    models: z.array(z.string()),
  })
  .meta({ id: 'ProviderOffer' });

export const ProviderTestSchema = z
  .object({ ok: z.boolean(), message: z.string(), models: z.array(z.string()), latencyMs: z.number().int() })
  .meta({ id: 'ProviderTest' });

export const ModelSchema = z
  .object({ providerId: z.uuid(), providerName: z.string(), kind, name: z.string(), isDefault: z.boolean() })
  .meta({ id: 'Model' });

/** A model of a provider of the workspace. */
export const ModelRefSchema = z
  .strictObject({ providerId: z.uuid(), name: line(MODEL_NAME_LIMIT) })
  .meta({ id: 'ModelRef' });

const apiKey = z
  .string()
  .trim()
  .max(KEY_LIMIT)
  .regex(/^[\x21-\x7e]+$/, { error: 'has characters that no key has; check how it was pasted' });

const baseUrl = z
  .string()
  .trim()
  .max(BASE_URL_LIMIT)
  .superRefine((text, context) => {
    const fault = baseUrlFault(text);
    if (fault !== null) context.addIssue({ code: 'custom', message: fault });
  })
  .overwrite((text) => (URL.canParse(text) ? plainUrl(new URL(text)) : text));

const plainUrl = (url: URL): string => `${url.origin}${url.pathname.replace(/\/+$/, '')}`;

const baseUrlFault = (text: string): string | null => {
  if (!URL.canParse(text)) return 'is not an address like https://api.example.com/v1';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https:// or http://';
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password; use the key field';
  if (url.search !== '' || url.hash !== '') return 'must not have a query (?…) or a fragment (#…)';
  return null;
};

export const providerBody = z.strictObject({
  kind: connectableKind,
  name: line(NAME_LIMIT).optional(),
  apiKey: apiKey.optional(),
  baseUrl: baseUrl.optional(),
  source: connectableSource.default('workspace'),
});

export const providerPatch = z.strictObject({
  name: line(NAME_LIMIT).optional(),
  apiKey: apiKey.nullable().optional().describe('A new key; null removes the key of an OpenAI-compatible provider.'),
  baseUrl: baseUrl.optional(),
});

export const providerTestBody = providerBody.omit({ name: true });

export type ProviderView = z.output<typeof ProviderSchema>;
export type ProviderOffer = z.output<typeof ProviderOfferSchema>;
export type ProviderTest = z.output<typeof ProviderTestSchema>;
export type Model = z.output<typeof ModelSchema>;
export type ModelRef = z.output<typeof ModelRefSchema>;
export type ProviderDraft = z.output<typeof providerTestBody>;
export type ProviderBody = z.output<typeof providerBody>;
export type ProviderPatch = z.output<typeof providerPatch>;
