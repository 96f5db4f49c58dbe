import { isAPIError } from 'better-auth/api';
import { AppError } from '../../platform/errors.ts';

const staleLink = () => new AppError('not_found', 'This link does not work any more. Ask for a new one.');

const known: Record<string, () => AppError> = {
  INVALID_EMAIL_OR_PASSWORD: () => new AppError('unauthenticated', 'E-mail or password is wrong.'),
  UNAUTHORIZED: () => new AppError('unauthenticated', 'Sign in to use this.'),
  INVALID_PASSWORD: () =>
    new AppError('invalid_request', 'The current password is wrong.', {
      errors: [{ path: 'currentPassword', message: 'is wrong' }],
    }),
  INVALID_TOKEN: staleLink,
  USER_NOT_FOUND: staleLink,
};

/** Runs a call of better-auth; its errors become ours, other faults pass as they are. */
export const translated = async <T>(call: Promise<T>): Promise<T> => {
  try {
    return await call;
  } catch (error) {
    const code = isAPIError(error) ? (error.body as { code?: unknown } | undefined)?.code : undefined;
    const translate = typeof code === 'string' ? known[code] : undefined;
    throw translate ? translate() : error;
  }
};
