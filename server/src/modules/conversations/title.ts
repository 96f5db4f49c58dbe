import { line } from '../../platform/text-fields.ts';

const firstTitleLimit = 60;
const anyLine = line(Number.MAX_SAFE_INTEGER);

/** A title for a conversation that begins with this question: its first words; null when it has none. */
export const titleFrom = (question: string): string | null => {
  const parsed = anyLine.safeParse(question);
  if (!parsed.success) return null;
  const text = parsed.data;
  if (text.length <= firstTitleLimit) return text;
  const lastBlank = text.slice(0, firstTitleLimit + 1).lastIndexOf(' ');
  const end = lastBlank > firstTitleLimit / 2 ? lastBlank : firstTitleLimit;
  return `${text.slice(0, end).toWellFormed()}…`;
};
