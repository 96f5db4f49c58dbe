import { AppError } from '../errors.ts';

const diskFull = '53100';
/** Writing is refused: a standby, or the embedded database on a full disk. */
const readOnly = '25006';
const awayStates = new Set(['53300', '57P01', '57P02', '57P03', diskFull, readOnly, '53200']);
const awayErrors = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'EAI_AGAIN',
]);

/** True when no reply came within the time a statement may take; whether it was carried out is not known. */
export const isUnanswered = (error: unknown): boolean =>
  error instanceof Error && error.message === 'Query read timeout';

/** True when the database could not be reached or refused work as a whole, not this statement. */
export const isDatabaseAway = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (isUnanswered(error)) return true;
  if (typeof code === 'string' && (awayStates.has(code) || awayErrors.has(code) || code.startsWith('08'))) return true;
  return /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
    error.message,
  );
};

const cannotWrite = (cause: unknown): boolean =>
  [diskFull, readOnly].includes(String((cause as { code?: unknown }).code));

/** What a caller is told while the database is away. */
export const databaseAway = (cause: unknown): AppError =>
  cannotWrite(cause)
    ? new AppError(
        'unavailable',
        'The server cannot store anything: its disk is full, or its database is read-only. Nothing was changed; reading works.',
        { retryAfter: 10, cause },
      )
    : new AppError('unavailable', 'The database does not answer just now. Nothing was changed; try again shortly.', {
        retryAfter: 2,
        cause,
      });

/** True for a violated unique constraint (SQLSTATE 23505), of that name when one is given. */
export const isDuplicate = (error: unknown, constraint?: string): boolean => {
  const fault = error as { code?: unknown; constraint?: unknown };
  return fault.code === '23505' && (constraint === undefined || fault.constraint === constraint);
};
