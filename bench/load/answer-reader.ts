import { fakeText } from '../../server/src/testing/fake-model.ts';

/** The text an answer must have, and how many words of it are there at each length. */
export interface Expected {
  words: number;
  text: string;
  wordsAt: Uint16Array;
}

const known = new Map<number, Expected>();

/** The answer of a fake model with that many words. */
export const expectWords = (words: number): Expected => {
  let expected = known.get(words);
  if (!expected) {
    const text = fakeText(words);
    const wordsAt = new Uint16Array(text.length + 1);
    for (let at = 1, count = 0; at <= text.length; at += 1) {
      if (text[at - 1] === 'w') count += 1;
      wordsAt[at] = count;
    }
    known.set(words, (expected = { words, text, wordsAt }));
  }
  return expected;
};

export interface AnswerReader {
  /** Takes the next bytes; returns how many words came with them. */
  push(chunk: Buffer): number;
  /** What is wrong with the answer, now that the body has ended; null when every word came and the end was said. */
  fault(): string | null;
}

const dataField = 'data: ';
const eventField = 'event: ';
const textKey = '"text":"';

const shorten = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);

/**
 * Reads the server-sent events of one answer, Anthropic's or ours: both carry text under the key `text` and say their
 * end in an event of its own. Cheap on purpose, because it shares a core with the fake model.
 */
export const createAnswerReader = (expected: Expected): AnswerReader => {
  let rest = '';
  let at = 0;
  let ended = false;
  let fault: string | null = null;

  const take = (piece: string): void => {
    if (fault !== null) return;
    if (expected.text.startsWith(piece, at)) at += piece.length;
    else fault = `other text than expected at character ${at}: ${shorten(piece)}`;
  };

  const takeText = (source: string, from: number, to: number): void => {
    const start = source.indexOf(textKey, from) + textKey.length;
    const stop = source.indexOf('"', start);
    const piece = start < textKey.length || stop === -1 || stop > to ? null : source.slice(start, stop);
    if (piece !== null && !piece.includes('\\')) return take(piece);
    const event = JSON.parse(source.slice(from, to)) as { text?: string; delta?: { text?: string } };
    take(event.text ?? event.delta?.text ?? '');
  };

  const takeEvent = (source: string, from: number, to: number): void => {
    const dataAt = source.indexOf(dataField, from);
    const eventAt = source.indexOf(eventField, from);
    if (dataAt === -1 || dataAt > to || eventAt === -1 || eventAt > to) return;
    const type = source.slice(eventAt + eventField.length, source.indexOf('\n', eventAt));
    const data = dataAt + dataField.length;
    if (type === 'text-delta' || type === 'content_block_delta') takeText(source, data, to);
    else if (type === 'message_stop') ended = true;
    else if (type === 'run-end') {
      ended = true;
      const { status } = JSON.parse(source.slice(data, to)) as { status: string };
      if (status !== 'completed') fault ??= `the run is ${status}`;
    } else if (type === 'error') fault ??= `error event: ${shorten(source.slice(data, to))}`;
  };

  return {
    push(chunk) {
      const before = at;
      // All that is expected is ASCII, so a cut inside a character cannot matter; anything else is a fault anyway.
      const source = rest + chunk.toString('latin1');
      let from = 0;
      for (let to = source.indexOf('\n\n'); to !== -1; to = source.indexOf('\n\n', from)) {
        takeEvent(source, from, to);
        from = to + 2;
      }
      rest = from === source.length ? '' : source.slice(from);
      return expected.wordsAt[at]! - expected.wordsAt[before]!;
    },
    fault() {
      if (fault !== null) return fault;
      if (at < expected.text.length)
        return `${expected.text.length - at} of ${expected.text.length} characters are missing`;
      return ended ? null : 'the end was not said';
    },
  };
};
