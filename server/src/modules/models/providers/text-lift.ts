/**
 * Lifts the text out of lines that differ from an earlier one only in that text, without parsing them.
 *
 * A line is learned once: where its text begins and ends is proven by parsing it again with another text in that place.
 * In JSON the content of a string without quotes, backslashes and control characters cannot change anything around it,
 * so every later line with the same surroundings and such a content means the same. Anything else is left to the parser.
 */
export interface TextLift {
  /** The text of the line `text.slice(from, to)`, or null when it must be parsed. */
  lift(text: string, from: number, to: number): string | null;
  /** Offers a line that the parser read as nothing but `delta`. */
  learn(line: string, delta: string): void;
}

const quote = 34;
const backslash = 92;
const space = 32;
const maxCredit = 8;
const creditPerLift = 1 / 4;
const probe = 'parley lift probe';
// OpenAI pads its chunks with a random string under this key, last in the object.
const paddingKey = '"obfuscation":"';

/** Where the plain string content that begins at `from` ends (its closing quote), or -1 when it is not plain. */
const endOfPlain = (text: string, from: number, to: number): number => {
  for (let i = from; i < to; i += 1) {
    const code = text.charCodeAt(i);
    if (code === quote) return i;
    if (code === backslash || code < space) return -1;
  }
  return -1;
};

/** `key` is the property that holds the text; `read` parses a line and returns its text if it holds nothing else. */
export const createTextLift = (key: string, read: (line: string) => string | null): TextLift => {
  let prefix = '';
  let suffix = '';
  let suffixTail: string | null = null;
  let bracketsOnly = false;
  // A lesson costs a second parse, so only as many are given as lifting pays for.
  let credit = maxCredit;

  const matchesSpaced = (text: string, from: number, to: number): boolean => {
    let at = 0;
    for (let i = from; i < to; i += 1) {
      const code = text.charCodeAt(i);
      if (code === space) continue;
      if (at >= suffix.length || code !== suffix.charCodeAt(at)) return false;
      at += 1;
    }
    return at === suffix.length;
  };
  const matchesPadded = (text: string, from: number, to: number, tail: string): boolean => {
    const head = from + suffix.length;
    if (head >= to || text.substring(from, head) !== suffix) return false;
    const end = endOfPlain(text, head, to);
    return end !== -1 && text.substring(end, to) === tail;
  };

  const adopt = (line: string, at: number, delta: string): boolean => {
    const before = line.slice(0, at);
    let after = line.slice(at + delta.length);
    let tail: string | null = null;
    let probed = after;
    const padding = after.indexOf(paddingKey);
    if (padding !== -1) {
      const head = padding + paddingKey.length;
      const end = endOfPlain(after, head, after.length);
      if (end === -1) return false;
      tail = after.slice(end);
      after = after.slice(0, head);
      probed = after + probe + tail;
    }
    if (read(before + probe + probed) !== probe) return false;
    prefix = before;
    bracketsOnly = tail === null && /^" *[}\] ]*$/.test(after);
    suffix = bracketsOnly ? after.replaceAll(' ', '') : after;
    suffixTail = tail;
    return true;
  };

  return {
    lift: (text, from, to) => {
      if (prefix === '') return null;
      const start = from + prefix.length;
      if (start >= to || text.substring(from, start) !== prefix) return null;
      const end = endOfPlain(text, start, to);
      if (end === -1) return null;
      const fits =
        suffixTail !== null
          ? matchesPadded(text, end, to, suffixTail)
          : bracketsOnly
            ? matchesSpaced(text, end, to)
            : to - end === suffix.length && text.substring(end, to) === suffix;
      if (!fits) return null;
      if (credit < maxCredit) credit += creditPerLift;
      return text.substring(start, end);
    },
    learn: (line, delta) => {
      if (credit < 1 || endOfPlain(`${delta}"`, 0, delta.length + 1) !== delta.length) return;
      credit -= 1;
      for (const opening of [`"${key}":"`, `"${key}": "`]) {
        const at = line.indexOf(`${opening}${delta}"`);
        if (at !== -1 && adopt(line, at + opening.length, delta)) return;
      }
    },
  };
};
