/** The closed list of error codes with the HTTP status that follows from each. */
export const errorStatus = {
  invalid_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  resync: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  idempotency_mismatch: 422,
  unprocessable: 422,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
} as const;

export type ErrorCode = keyof typeof errorStatus;

/** One fault of one place in the input; `path` is dotted, e.g. `model.providerId`. */
export interface FieldError {
  path: string;
  message: string;
}

export interface ErrorExtras {
  /** Further public members of the problem document. */
  details?: Record<string, unknown>;
  errors?: FieldError[];
  /** Seconds until a retry makes sense. */
  retryAfter?: number;
  cause?: unknown;
}

/** The only error that reaches a caller: its message is public, so it names no secret and nothing foreign. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: Record<string, unknown> | undefined;
  readonly errors: FieldError[] | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, extras: ErrorExtras = {}) {
    super(message, { cause: extras.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = extras.details;
    this.errors = extras.errors;
    this.retryAfter = extras.retryAfter;
  }
}

/** The one answer for unknown and for foreign ids, so that the two cannot be told apart. */
export const notFound = (): AppError => new AppError('not_found', 'There is nothing here, or it is not yours to see.');
