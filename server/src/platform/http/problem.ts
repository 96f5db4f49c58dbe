import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { databaseAway, isDatabaseAway } from '../database/faults.ts';
import { AppError, errorStatus, notFound } from '../errors.ts';

const titles: Record<keyof typeof errorStatus, string> = {
  invalid_request: 'The request is not valid',
  unauthenticated: 'Sign in first',
  forbidden: 'Not allowed',
  not_found: 'Not found',
  conflict: 'Conflict',
  resync: 'Read the message instead',
  payload_too_large: 'Too large',
  unsupported_media_type: 'Unsupported content type',
  idempotency_mismatch: 'This idempotency key was used for another request',
  unprocessable: 'Cannot be done',
  rate_limited: 'Too many requests',
  internal: 'Something went wrong on our side',
  unavailable: 'Not available just now',
};

const foreign: Record<string, (error: FastifyError) => AppError> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => new AppError('payload_too_large', 'The body is larger than this route takes.'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new AppError('unsupported_media_type', 'Send the body as application/json.'),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => new AppError('invalid_request', 'The body is empty; send a JSON object.'),
  FST_ERR_BAD_URL: () => new AppError('invalid_request', 'The path is not a valid address: it has a broken % in it.'),
  FST_ERR_MAX_PARAM_LENGTH: () => notFound(),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new AppError('invalid_request', 'The body has another length than Content-Length says.'),
};

/** The AppError that a caller is told for whatever was thrown. */
export const toAppError = (error: unknown): AppError => {
  if (error instanceof AppError) return error;
  if (isDatabaseAway(error)) return databaseAway(error);
  const translate = foreign[(error as FastifyError).code];
  if (translate) return translate(error as FastifyError);
  return new AppError('internal', 'The fault is logged under the request id.', { cause: error });
};

/** The `application/problem+json` document (RFC 9457) of an error. */
export const problemOf = (error: AppError, requestId: string) => ({
  type: `https://parley.dev/problems/${error.code}`,
  title: titles[error.code],
  status: errorStatus[error.code],
  code: error.code,
  detail: error.message,
  requestId,
  ...(error.errors ? { errors: error.errors } : {}),
  ...(error.retryAfter === undefined ? {} : { retryAfter: error.retryAfter }),
  ...error.details,
});

/** The one place where an error becomes an answer. */
export const answerError = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
  const known = toAppError(error);
  if (known.code === 'internal') request.log.error({ err: known.cause ?? known }, 'request failed');
  else if (known.code === 'unavailable') request.log.warn({ cause: String(known.cause) }, 'request refused');
  if (known.retryAfter !== undefined) void reply.header('retry-after', String(Math.ceil(known.retryAfter)));
  void reply
    .status(errorStatus[known.code])
    .type('application/problem+json')
    .header('cache-control', 'no-store')
    .serializer(JSON.stringify)
    .send(problemOf(known, request.id));
};
