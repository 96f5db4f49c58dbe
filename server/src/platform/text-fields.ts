import { z } from 'zod';

const controls = /\p{Cc}/gu;
// Marks that reorder or break a line: with them a name can pose as another one.
const reordering = /[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** One line of text as people see it: no control or reordering characters, no blanks around it. `max` in UTF-16 units. */
export const line = (max: number) =>
  z
    .string()
    .overwrite((text) => text.toWellFormed().replace(reordering, '').replace(/\s+/gu, ' ').replace(controls, '').trim())
    .min(1)
    .max(max);

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const emoji = /\p{RGI_Emoji}/v;

/** Exactly one emoji, however many code points it takes. */
export const oneEmoji = () =>
  z
    .string()
    .max(32)
    .refine((text) => [...graphemes.segment(text)].length === 1 && emoji.test(text), {
      error: 'must be a single emoji',
    });

/** An e-mail address in the one form it is stored and compared in. */
export const emailAddress = () => z.string().trim().toLowerCase().max(254).pipe(z.email());

/** A new password; existing ones are only ever compared. */
export const newPassword = () => z.string().min(12).max(128);

const controlsButBreaks = /[^\P{Cc}\n\t]/gu;

/** Text of many lines: line breaks become `\n`, other control characters but tabs go. May be empty. */
export const paragraphs = (max: number) =>
  z
    .string()
    .overwrite((text) => text.toWellFormed().replace(/\r\n?/gu, '\n').replace(controlsButBreaks, '').trim())
    .max(max);

/** One symbol, usually an emoji, however many code points it takes. */
export const symbol = () =>
  line(32).refine((text) => [...graphemes.segment(text)].length === 1, { error: 'must be a single emoji or letter' });
