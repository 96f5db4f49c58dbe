import type { EgressHeaders } from '../../../platform/egress.ts';
import { AppError } from '../../../platform/errors.ts';
import { phaseTimeout } from '../phase-limits.ts';
import { ProviderError, type PhaseLimits, type ProviderErrorCode } from '../provider.ts';
import { retryAfterMs } from './retry-after.ts';

/** Whom an error is about. */
export interface UpstreamName {
  title: string;
  apiKey: string | null;
  model: string | null;
}

export type Json = { [key: string]: unknown };

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const maxMessage = 300;

const tidy = (text: string, apiKey: string | null): string => {
  let clean = text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
  if (apiKey) clean = clean.replaceAll(apiKey, '[key]');
  return clean.length > maxMessage ? `${clean.slice(0, maxMessage - 1)}…` : clean;
};

// Deeper than any error object in use: a provider must not choose how deep we go.
const deepestMessage = 4;

/** The provider's own words in an error object of any of the usual shapes, or null. */
export const messageIn = (value: unknown, apiKey: string | null, depth = deepestMessage): string | null => {
  if (typeof value === 'string') return value.trim() === '' ? null : tidy(value, apiKey);
  if (!isJson(value) || depth === 0) return null;
  for (const part of [value.error, value.message, value.detail]) {
    const found = messageIn(part, apiKey, depth - 1);
    if (found !== null) return found;
  }
  return null;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

const said = (message: string | null): string => (message === null ? '' : ` It says: ${message}`);

const describe = (code: ProviderErrorCode, { title, model }: UpstreamName, message: string | null): string => {
  switch (code) {
    case 'upstream_unauthorized':
      return `The key was refused by ${title}. Check it in Settings → Models.`;
    case 'upstream_not_found':
      return `${title} does not know ${model === null ? 'this address' : `the model "${model}", or the address is wrong`}. Check both in Settings → Models.${said(message)}`;
    case 'upstream_quota':
      return `The account behind the key for ${title} has no credit or quota left. Add some there, or choose another model.${said(message)}`;
    case 'upstream_rate_limited':
      return `${title} is limiting requests of this key. Wait a little, or raise the limit there.${said(message)}`;
    case 'upstream_overloaded':
      return `${title} is overloaded at the moment. Try again a little later.${said(message)}`;
    case 'upstream_refused':
      return `${title} refused the request.${said(message)}`;
    default:
      return `${title} has a fault of its own. Try again a little later.${said(message)}`;
  }
};

const codeOfStatus = (status: number): ProviderErrorCode => {
  if (status === 401 || status === 403) return 'upstream_unauthorized';
  if (status === 402) return 'upstream_quota';
  if (status === 404) return 'upstream_not_found';
  if (status === 429) return 'upstream_rate_limited';
  if (status === 529 || status === 503) return 'upstream_overloaded';
  return status >= 500 || status === 408 ? 'upstream_unavailable' : 'upstream_refused';
};

const codeOfType = new Map<string, ProviderErrorCode>([
  ['authentication_error', 'upstream_unauthorized'],
  ['permission_error', 'upstream_unauthorized'],
  ['invalid_api_key', 'upstream_unauthorized'],
  ['not_found_error', 'upstream_not_found'],
  ['model_not_found', 'upstream_not_found'],
  ['rate_limit_error', 'upstream_rate_limited'],
  ['rate_limit_exceeded', 'upstream_rate_limited'],
  ['overloaded_error', 'upstream_overloaded'],
  ['invalid_request_error', 'upstream_refused'],
  ['request_too_large', 'upstream_refused'],
  ['billing_error', 'upstream_quota'],
  ['insufficient_quota', 'upstream_quota'],
  ['billing_hard_limit_reached', 'upstream_quota'],
  ['billing_not_active', 'upstream_quota'],
]);

const labelsOf = (error: unknown): unknown[] => (isJson(error) ? [error.code, error.type, error.status] : []);

// Vendors answer 400, 403 or 429 for it, none of which says that waiting does not help.
const isOutOfQuota = (error: unknown, message: string | null): boolean =>
  labelsOf(error).some((label) => codeOfType.get(String(label)) === 'upstream_quota') ||
  /credit balance is too low/i.test(message ?? '');

/** An answer that is not an event stream: an HTTP error, or a 200 that holds something else. */
export const answerError = (
  status: number,
  headers: EgressHeaders,
  body: string,
  name: UpstreamName,
  now: Date,
): ProviderError => {
  const value = parsed(body);
  const message = messageIn(value, name.apiKey);
  if (status >= 400) {
    const isQuota = status < 500 && isOutOfQuota(isJson(value) ? value.error : null, message);
    const code = isQuota ? 'upstream_quota' : codeOfStatus(status);
    return new ProviderError(code, describe(code, name, message), { status, retryAfterMs: retryAfterMs(headers, now) });
  }
  if (status >= 300) {
    return new ProviderError(
      'upstream_protocol',
      `${name.title} redirects to another address. Enter the final address in Settings → Models.`,
      { status },
    );
  }
  const type = headers['content-type'] ?? '';
  const what =
    /html/i.test(type) || /^\s*<(!doctype|html)/i.test(body) ? 'a web page' : `"${tidy(type || 'nothing', null)}"`;
  return new ProviderError(
    'upstream_protocol',
    `${name.title} answered with ${what} instead of a stream of words. Check the address in Settings → Models.${said(message)}`,
  );
};

/** An error object inside a stream that began with HTTP 200. */
export const streamedError = (error: unknown, name: UpstreamName): ProviderError => {
  let code: ProviderErrorCode = 'upstream_unavailable';
  for (const label of labelsOf(error)) {
    const known = codeOfType.get(String(label));
    const status = Number(label);
    if (known === undefined && !(status >= 400 && status < 600)) continue;
    code = known ?? codeOfStatus(status);
    break;
  }
  return new ProviderError(code, describe(code, name, messageIn(error, name.apiKey)));
};

/** What the egress client reports before an answer began. */
export const connectionError = (error: unknown, { title }: UpstreamName, limits: PhaseLimits): ProviderError => {
  if (error instanceof AppError && error.code !== 'unavailable') {
    return new ProviderError('upstream_address', error.message, { cause: error, sent: false });
  }
  const reason = error instanceof AppError ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  if (reason?.code === 'UND_ERR_CONNECT_TIMEOUT' || reason?.code === 'ETIMEDOUT') {
    return phaseTimeout('connectMs', limits.connectMs, title);
  }
  const words = error instanceof AppError ? error.message : 'The connection failed.';
  return new ProviderError(
    'upstream_unavailable',
    `${title} is not available. ${words} Check the address in Settings → Models.`,
    {
      cause: error,
    },
  );
};

/** A key that could not even be put into a header, mostly one with a line break from copying. */
export const checkKey = ({ title, apiKey }: UpstreamName): void => {
  if (apiKey === null || /^[\x21-\x7e]+$/.test(apiKey)) return;
  throw new ProviderError(
    'upstream_unauthorized',
    `The key for ${title} contains a space or a character that no key has. Enter it again in Settings → Models.`,
    { sent: false },
  );
};

export const cutError = (title: string, cause?: unknown): ProviderError =>
  new ProviderError('upstream_cut', `${title} broke off before the answer was finished. Continue or try again.`, {
    cause,
  });

export const malformed = (title: string, cause?: unknown): ProviderError =>
  new ProviderError(
    'upstream_protocol',
    `${title} sent something that is not a valid model answer. Try again, or check the address in Settings → Models.`,
    { cause },
  );

export const abortedError = (): ProviderError => new ProviderError('aborted', 'The answer was stopped.');
