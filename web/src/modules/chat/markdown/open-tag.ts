const longestTag = 400;
const mostBareWords = 2;

/** Whether the text, which begins with `<`, may still become a tag: true for `<`, `</di`, `<a href="x > y`. */
const mayBecomeTag = (text: string): boolean => {
  if (text.length > longestTag || !/^<(?:$|\/?[a-z!?])|^<\/$/i.test(text)) return false;
  let quote: string | null = null;
  let bareWords = 0;
  for (let index = 1; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (quote !== null) {
      if (character === quote) quote = null;
    } else if (character === '>' || character === '<') {
      return false;
    } else if ((character === '"' || character === "'") && /=\s*$/.test(text.slice(Math.max(0, index - 4), index))) {
      quote = character;
    } else if (
      /\s/.test(character) &&
      /[^\s="']$/.test(text.slice(0, index)) &&
      !/=\s*\S+$/.test(text.slice(0, index))
    ) {
      bareWords += 1;
    }
  }
  // `if a <b then c …` is prose, not a tag whose end is still to come.
  return quote !== null || bareWords <= mostBareWords;
};

const isInsideCode = (before: string): boolean => {
  const fences = before.match(/^ {0,3}(?:```|~~~)/gm)?.length ?? 0;
  if (fences % 2 === 1) return true;
  const paragraph = before.slice(before.lastIndexOf('\n\n') + 1);
  return (paragraph.replaceAll(/^ {0,3}(?:```|~~~).*$/gm, '').match(/`/g)?.length ?? 0) % 2 === 1;
};

/** Leaves out a tag at the end of a text that is still arriving, until it is whole. */
export const holdBackOpenTag = (text: string): string => {
  const from = Math.max(0, text.length - longestTag);
  for (let at = text.indexOf('<', from); at !== -1; at = text.indexOf('<', at + 1)) {
    if (mayBecomeTag(text.slice(at)) && !isInsideCode(text.slice(0, at))) return text.slice(0, at);
  }
  return text;
};
