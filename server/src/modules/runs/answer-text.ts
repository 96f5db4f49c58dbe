import { createHash } from 'node:crypto';

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;

/**
 * Collects what a model streams. Text that the database cannot hold (U+0000, lone surrogates) becomes U+FFFD, and a
 * surrogate pair cut in two by the provider is put together again before it goes on.
 */
export const createAnswerText = () => {
  let held = '';
  const pieces: string[] = [];
  const accept = (text: string): string => {
    const clean = text.replaceAll('\0', '\ufffd').toWellFormed();
    if (clean !== '') pieces.push(clean);
    return clean;
  };
  return {
    /** Takes a delta and returns what of it may be shown now. */
    take(delta: string): string {
      const text = held + delta;
      held = '';
      if (isHighSurrogate(text.charCodeAt(text.length - 1))) {
        held = text.slice(-1);
        return accept(text.slice(0, -1));
      }
      return accept(text);
    },
    /** Returns what was still held back. */
    finish(): string {
      const rest = accept(held);
      held = '';
      return rest;
    },
    whole: (): string => pieces.join(''),
  };
};

export const textSha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
