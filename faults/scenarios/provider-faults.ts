import type { Scenario } from '../stage.ts';

const statuses = [400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529];
const kinds = ['error', 'cut', 'stall', 'end', 'garbage'];

const faulty = (long: boolean): string[] => [
  ...statuses.map((status) => `words-10-status-${status}`),
  'words-10-status-429-retry-1',
  ...kinds.flatMap((kind) => (long ? [0, 1, 2, 5, 19] : [0, 7]).map((after) => `words-20-${kind}-after-${after}`)),
  ...kinds.map((kind) => `words-20-split-3-${kind}-after-7`),
  'line-10mb',
  'html-200',
  'json-200',
];

/** Strange, and yet right. */
const sound = [
  'words-20-crlf',
  'words-20-split-1',
  'words-20-split-7-crlf',
  'words-20-ping-pace-20',
  'words-20-head-900',
  'words-20-first-900',
];

/** A provider that refuses, breaks off, falls silent, floods or talks nonsense. */
export const providerFaults: Scenario = {
  name: 'provider-faults',
  about:
    'every status from 400 to 529 before the first token; error, cut, stall, end and garbage after a word; floods and HTML',
  shapes: ['embedded', 'one'],
  short: ['embedded'],
  cluster: {
    settings: {
      MODEL_CONNECT_TIMEOUT_MS: '1000',
      MODEL_FIRST_TOKEN_TIMEOUT_MS: '2500',
      MODEL_IDLE_TIMEOUT_MS: '1500',
      MODEL_TOTAL_TIMEOUT_MS: '15000',
    },
  },
  async play({ people, random, long, broken }) {
    const ask = async (model: string, expected: string): Promise<void> => {
      // Faults of one provider may not be held against another.
      const chat = await people.chat(model, { ownProvider: true });
      const sent = await people.write(chat);
      const viewing = people.view(sent!.run);
      await viewing.done;
      if (viewing.status() !== expected) broken(`a run on ${model} is ${viewing.status()}, not ${expected}`);
    };
    await Promise.all([
      ...random.shuffle(faulty(long)).map((model) => ask(model, 'failed')),
      ...sound.map((model) => ask(model, 'completed')),
    ]);
  },
};
