import { inspect } from 'node:util';

/** A value that must not be printed: every way of turning it into text says `[secret]`. */
export interface Secret {
  reveal(): string;
  toString(): string;
  toJSON(): string;
}

/** Wraps a value as a Secret. */
export const secret = (value: string): Secret => ({
  reveal: () => value,
  toString: () => '[secret]',
  toJSON: () => '[secret]',
  ...{ [inspect.custom]: () => '[secret]' },
});
