/** One event of a `text/event-stream`; `id` only when the event itself carried one. */
export interface StreamEvent {
  id: string | null;
  type: string;
  data: string;
}

/** Takes the bytes of one connection, cut anywhere, and gives the events that became complete. */
export interface EventStreamParser {
  push(chunk: Uint8Array): StreamEvent[];
  /** The reconnection delay that the server asked for so far, in milliseconds. */
  retryMs(): number | null;
}

/**
 * A parser of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream):
 * LF, CRLF and CR line ends, comments, multi-line data, a leading BOM. An event that the end of the stream cut off is dropped.
 */
export function createEventStreamParser(): EventStreamParser {
  const decoder = new TextDecoder();
  let rest = '';
  let skipLineFeed = false;
  let id: string | null = null;
  let type = '';
  let lines: string[] = [];
  let retry: number | null = null;

  function takeLine(line: string, events: StreamEvent[]): void {
    if (line === '') {
      if (lines.length > 0) events.push({ id, type: type || 'message', data: lines.join('\n') });
      id = null;
      type = '';
      lines = [];
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') lines.push(value);
    else if (field === 'event') type = value;
    else if (field === 'id' && !value.includes('\0')) id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) retry = Number(value);
  }

  return {
    push(chunk) {
      const events: StreamEvent[] = [];
      let text = decoder.decode(chunk, { stream: true });
      if (text === '') return events;
      if (skipLineFeed && text[0] === '\n') text = text.slice(1);
      skipLineFeed = text === '' ? false : text.endsWith('\r');
      const parts = text.split(/\r\n|\n|\r/);
      const last = parts.length - 1;
      for (let index = 0; index < last; index += 1) {
        takeLine(rest + (parts[index] ?? ''), events);
        rest = '';
      }
      rest += parts[last] ?? '';
      return events;
    },
    retryMs: () => retry,
  };
}
