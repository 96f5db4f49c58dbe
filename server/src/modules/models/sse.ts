import { ProviderError } from './provider.ts';

/**
 * Receives one event as a range of a string, so that a reader can look at it without a copy:
 * the event's data is `text.slice(from, to)`. `event` is the event's name, '' when it had none.
 */
export type SseListener = (text: string, from: number, to: number, event: string) => void;

export interface SseSplitter {
  /** Takes the next bytes, cut anywhere. Throws ProviderError `upstream_protocol` when a line or event is too long. */
  push(chunk: Buffer): void;
}

const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const colon = 58;
const letterD = 100;

/** How many bytes at the end of `bytes` begin a UTF-8 character that is not complete yet. */
const incompleteTail = (bytes: Buffer): number => {
  const end = bytes.length;
  for (let back = 1; back <= 3 && back <= end; back += 1) {
    const byte = bytes[end - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? back : 0;
    }
  }
  return 0;
};

const indexOfLineEnd = (text: string, from: number): number => {
  for (let i = from; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === lineFeed || code === carriageReturn) return i;
  }
  return -1;
};

const tooLong = (limit: number): ProviderError =>
  new ProviderError(
    'upstream_protocol',
    `The provider sent a line or event longer than ${limit} characters, which no model answer has. Check the address in Settings → Models.`,
  );

/**
 * Splits a server-sent event stream (https://html.spec.whatwg.org/multipage/server-sent-events.html) byte by byte
 * exactly: LF, CR and CRLF, data over several lines, comments, a byte order mark, characters cut in the middle.
 * An event that the end of the body cuts off is dropped, as the standard says.
 */
export const createSseSplitter = (listener: SseListener, maxLength = 1024 * 1024): SseSplitter => {
  let carry: Buffer | null = null;
  let rest = '';
  let first = true;
  let skipLineFeed = false;
  let event = '';
  // The data of the event so far: a range of the text being read, or a string of its own.
  let data = '';
  let dataFrom = 0;
  let dataTo = 0;
  let hasData = false;

  const takeField = (text: string, from: number, to: number): void => {
    // 'data:' first: nearly every line is one.
    if (text.charCodeAt(from) === letterD && text.startsWith('data', from)) {
      let start = from + 4;
      if (start < to) {
        if (text.charCodeAt(start) !== colon) return;
        start += 1;
        if (start < to && text.charCodeAt(start) === space) start += 1;
      }
      if (!hasData) {
        hasData = true;
        data = text;
        dataFrom = start;
        dataTo = to;
        return;
      }
      data = `${data.slice(dataFrom, dataTo)}\n${text.slice(start, to)}`;
      dataFrom = 0;
      dataTo = data.length;
      if (dataTo > maxLength) throw tooLong(maxLength);
      return;
    }
    if (text.startsWith('event', from)) {
      let start = from + 5;
      if (start < to) {
        if (text.charCodeAt(start) !== colon) return;
        start += 1;
        if (start < to && text.charCodeAt(start) === space) start += 1;
      }
      event = text.slice(start, to);
    }
  };

  const takeLine = (text: string, from: number, to: number): void => {
    if (to - from > maxLength) throw tooLong(maxLength);
    if (from !== to) return takeField(text, from, to);
    if (hasData) {
      hasData = false;
      const name = event;
      event = '';
      listener(data, dataFrom, dataTo, name);
    } else {
      event = '';
    }
  };

  const takeText = (text: string): void => {
    const onlyLineFeeds = !text.includes('\r');
    let from = 0;
    if (skipLineFeed) {
      skipLineFeed = false;
      if (text.charCodeAt(0) === lineFeed) from = 1;
    }
    for (;;) {
      const end = onlyLineFeeds ? text.indexOf('\n', from) : indexOfLineEnd(text, from);
      if (end === -1) break;
      if (rest === '') {
        takeLine(text, from, end);
      } else {
        const line = rest + text.slice(from, end);
        rest = '';
        takeLine(line, 0, line.length);
      }
      from = end + 1;
      if (text.charCodeAt(end) === carriageReturn) {
        if (from === text.length) skipLineFeed = true;
        else if (text.charCodeAt(from) === lineFeed) from += 1;
      }
    }
    if (from < text.length) rest += text.slice(from);
    if (rest.length > maxLength) throw tooLong(maxLength);
    if (hasData && data === text) {
      // Kept beyond this chunk, so it must not hold on to the whole chunk.
      data = text.slice(dataFrom, dataTo);
      dataTo -= dataFrom;
      dataFrom = 0;
    }
  };

  return {
    push: (chunk) => {
      let bytes = chunk;
      if (carry !== null) {
        bytes = Buffer.concat([carry, chunk]);
        carry = null;
      }
      const tail = incompleteTail(bytes);
      if (tail > 0) carry = Buffer.from(bytes.subarray(bytes.length - tail));
      let text = bytes.toString('utf8', 0, bytes.length - tail);
      if (text === '') return;
      if (first) {
        first = false;
        if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
      }
      takeText(text);
    },
  };
};
