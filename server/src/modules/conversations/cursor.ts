import { AppError } from '../../platform/errors.ts';

/** Where a page ended: the last row's time in microseconds since 1970, as the database has it, and its id. */
export interface PageEnd {
  micros: string;
  id: string;
}

const form = /^(\d{1,17})_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

export const writeCursor = ({ micros, id }: PageEnd): string => Buffer.from(`${micros}_${id}`).toString('base64url');

export const readCursor = (cursor: string): PageEnd => {
  const match = form.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (!match)
    throw new AppError('invalid_request', 'querystring cursor: is not one that this list gave out', {
      errors: [{ path: 'cursor', message: 'is not one that this list gave out' }],
    });
  return { micros: match[1]!, id: match[2]! };
};
