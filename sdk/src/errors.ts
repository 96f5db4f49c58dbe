import type { FieldError, ProblemCode, ProblemDetails } from './types.ts';

/**
 * The server's problem codes and two of the SDK's own: `network` (no complete answer arrived) and
 * `invalid_response` (an answer arrived that is not Parley's, for example a proxy's page).
 */
export type ErrorCode = ProblemCode | 'network' | 'invalid_response';

/** What a `ParleyError` is made from. */
export interface ErrorDetails {
  status: number;
  requestId?: string | null;
  errors?: FieldError[];
  retryAfter?: number | null;
  problem?: ProblemDetails | null;
  cause?: unknown;
}

/** The one error that the SDK throws, apart from the reason of an abort. */
export class ParleyError extends Error {
  override readonly name = 'ParleyError';
  /** What happened, for programs. */
  readonly code: ErrorCode;
  /** The HTTP status, 0 when no complete answer arrived. */
  readonly status: number;
  /** What happened and what to do, for people (English). The same as `message`. */
  readonly detail: string;
  /** Names the request in the server's log. */
  readonly requestId: string | null;
  /** The fields that were wrong, empty for other errors. */
  readonly errors: readonly FieldError[];
  /** Seconds to wait before trying again, when the server said so. */
  readonly retryAfter: number | null;
  /** The whole problem document with its extensions, when there was one. */
  readonly problem: ProblemDetails | null;

  constructor(code: ErrorCode, detail: string, details: ErrorDetails) {
    super(detail, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.detail = detail;
    this.requestId = details.requestId ?? null;
    this.errors = details.errors ?? [];
    this.retryAfter = details.retryAfter ?? null;
    this.problem = details.problem ?? null;
  }
}

const codeByStatus: Record<number, ProblemCode> = {
  400: 'invalid_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  422: 'unprocessable',
  429: 'rate_limited',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

function isProblem(body: unknown): body is ProblemDetails {
  return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string';
}

/** Seconds from a `Retry-After` header, which is a number of seconds or a date. */
function readRetryAfter(header: string | null): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}

/** Turns an error answer into a `ParleyError`, also when a proxy wrote it instead of Parley. */
export function errorOfResponse(response: Response, body: unknown): ParleyError {
  const { status } = response;
  const retryAfter = readRetryAfter(response.headers.get('retry-after'));
  if (isProblem(body)) {
    return new ParleyError(body.code, body.detail ?? body.title ?? body.code, {
      status,
      requestId: body.requestId,
      errors: body.errors,
      retryAfter: body.retryAfter ?? retryAfter,
      problem: body,
    });
  }
  const fallback = status >= 500 ? 'internal' : status >= 400 ? 'invalid_request' : 'invalid_response';
  return new ParleyError(codeByStatus[status] ?? fallback, `The server answered with status ${status}.`, {
    status,
    retryAfter,
  });
}

/** Turns whatever `fetch` or reading a body threw into a `ParleyError`. */
export function errorOfFailure(cause: unknown): ParleyError {
  if (cause instanceof ParleyError) return cause;
  if (cause instanceof SyntaxError) {
    return new ParleyError('invalid_response', 'The answer was not JSON. Check that the address is a Parley server.', {
      status: 0,
      cause,
    });
  }
  const detail = 'The server could not be reached, or the connection broke. Check the connection and try again.';
  return new ParleyError('network', detail, { status: 0, cause });
}
