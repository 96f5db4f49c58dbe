import type { EventStream } from '../../platform/http/stream.ts';
import type { Frame } from './log-writer.ts';

/** Consecutive committed events of a run, made once for all who read them. */
export interface Piece {
  frames: readonly Frame[];
  /** The same as server-sent events. */
  text: string;
}

/** Somebody who reads a run, by whatever kind of connection. */
export interface RunReader {
  /** False when it has fallen too far behind and was dropped. */
  send(piece: Piece): boolean;
  /** Resolves when most of what was sent is taken; false when the reader is gone or takes nothing. */
  ready(): Promise<boolean>;
  /** Ends its reading in good order; it may attach again. */
  close(): void;
  onClose(listener: () => void): void;
}

export const pieceOf = (frames: readonly Frame[]): Piece => ({
  frames,
  text: frames.length === 1 ? frames[0]!.text : frames.map((frame) => frame.text).join(''),
});

/** Characters that a reader who is catching up gets at a time. */
const pieceLength = 32 * 1024;

/** The same events in pieces of about that length, each made when it is asked for. */
export function* cut(frames: readonly Frame[]): Generator<Piece> {
  let start = 0;
  let length = 0;
  for (const [index, frame] of frames.entries()) {
    length += frame.text.length;
    if (length < pieceLength && index < frames.length - 1) continue;
    yield pieceOf(frames.slice(start, index + 1));
    start = index + 1;
    length = 0;
  }
}

/** A reader of server-sent events. */
export const streamReader = (stream: EventStream): RunReader => ({
  send: (piece) => stream.write(piece.text),
  ready: stream.ready,
  close: stream.close,
  onClose: stream.onClose,
});
