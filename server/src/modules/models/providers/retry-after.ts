import type { EgressHeaders } from '../../../platform/egress.ts';

const textOf = (headers: EgressHeaders, name: string): string | null => {
  const value = headers[name];
  return typeof value === 'string' ? value.trim() : null;
};

const untilDate = (text: string, now: Date): number | null => {
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - now.getTime());
};

const unitMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `6m0s`, `1.5s`, `17ms`. */
const ofDuration = (text: string): number | null => {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return null;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g);
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * unitMs[unit!]!, 0);
};

/** Milliseconds until the limits that are used up are filled again, as Anthropic and OpenAI tell it with every answer. */
const untilReset = (headers: EgressHeaders, now: Date): number | null => {
  const waits: number[] = [];
  for (const limit of ['requests', 'tokens', 'input-tokens', 'output-tokens']) {
    const date = textOf(headers, `anthropic-ratelimit-${limit}-reset`);
    if (date !== null && textOf(headers, `anthropic-ratelimit-${limit}-remaining`) === '0')
      waits.push(untilDate(date, now) ?? 0);
    const duration = textOf(headers, `x-ratelimit-reset-${limit}`);
    if (duration !== null && textOf(headers, `x-ratelimit-remaining-${limit}`) === '0')
      waits.push(ofDuration(duration) ?? 0);
  }
  const longest = Math.max(0, ...waits);
  return longest === 0 ? null : Math.ceil(longest);
};

/**
 * How long the provider asks to wait, in milliseconds, or null: `retry-after-ms`, `Retry-After` (seconds or a date,
 * RFC 9110 §10.2.3), else the reset times of the vendors' limits that are used up.
 */
export const retryAfterMs = (headers: EgressHeaders, now: Date): number | null => {
  const milliseconds = textOf(headers, 'retry-after-ms');
  if (milliseconds !== null && /^\d+(\.\d+)?$/.test(milliseconds)) return Math.round(Number(milliseconds));
  const text = textOf(headers, 'retry-after');
  if (text === null) return untilReset(headers, now);
  if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  return /\bGMT$/.test(text) ? untilDate(text, now) : null;
};
