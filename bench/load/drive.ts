import type { Target } from '../targets/target.ts';
import { ask } from './chat.ts';
import { expectWords } from './answer-reader.ts';

/** What came of many chats. */
export interface Driven {
  chats: number;
  words: number;
  errors: string[];
}

const maxChats = 200_000;

/** Keeps `concurrency` chats going for a time, then waits for the last ones. */
export const driveFor = async (
  target: Target,
  options: { words: number; concurrency: number; ms: number },
): Promise<Driven> => {
  const expected = expectWords(options.words);
  const errors: string[] = [];
  const until = performance.now() + options.ms;
  let chats = 0;
  const one = async (): Promise<void> => {
    // An unreachable target would otherwise be asked in a tight loop.
    while (performance.now() < until && chats < maxChats && errors.length < 1_000) {
      chats += 1;
      const { error } = await ask(target.pool, target.chat(), expected);
      if (error !== null) errors.push(error);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, one));
  return { chats, words: (chats - errors.length) * options.words, errors };
};

/** How things stood at one moment while streams were held. */
export interface Sample<T> {
  seconds: number;
  words: number;
  /** Every stream had begun and none had ended. */
  allLive: boolean;
  extra: T;
}

/** Opens streams spread over a time, so that their ticks do not coincide, and follows them to their ends. */
export const holdStreams = async <T>(
  target: Target,
  options: { streams: number; words: number; spreadMs: number; sampleMs: number; sample: () => T },
): Promise<Driven & { samples: Sample<T>[] }> => {
  const expected = expectWords(options.words);
  const errors: string[] = [];
  const samples: Sample<T>[] = [];
  let words = 0;
  let began = 0;
  let ended = 0;
  const listener = { words: (count: number) => void (words += count), began: () => void (began += 1) };
  const sampler = setInterval(() => {
    const seconds = performance.now() / 1000;
    samples.push({ seconds, words, allLive: began === options.streams && ended === 0, extra: options.sample() });
  }, options.sampleMs);
  const one = async (index: number): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, (index * options.spreadMs) / options.streams));
    const { error } = await ask(target.pool, target.chat(), expected, listener);
    ended += 1;
    if (error !== null) errors.push(error);
  };
  try {
    await Promise.all(Array.from({ length: options.streams }, (_, index) => one(index)));
  } finally {
    clearInterval(sampler);
  }
  return { chats: options.streams, words, errors, samples };
};
