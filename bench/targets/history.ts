import { fakeText } from '../../server/src/testing/fake-model.ts';

/** Messages before the question: half of them questions, half answers. */
export const historyLength = 20;
export const historyModel = 'words-20';

export const question = 'And now explain to me in a few plain words what all of this means for a small team.';
export const pastQuestion = (turn: number): string =>
  `This is question number ${turn} of this conversation: what would you do first, and why?`;

/** The request that a client without a chat server would send: the whole conversation, every time. */
export const rawBody = (model: string): string => {
  const turns = Array.from({ length: historyLength / 2 }, (_, index) => [
    { role: 'user', content: pastQuestion(index + 1) },
    { role: 'assistant', content: fakeText(20) },
  ]);
  const messages = [...turns.flat(), { role: 'user', content: question }];
  return JSON.stringify({ model, max_tokens: 4096, stream: true, messages });
};
