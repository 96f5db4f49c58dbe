import { defineProvider, ProviderError, type ModelRequest, type Provider, type StopReason } from '../provider.ts';
import { demoAnswer } from './demo-script.ts';
import { abortedError } from './upstream-errors.ts';

// Tokens of the demo model are simply words: it has no real ones.
const countWords = (text: string): number => text.match(/\S+/g)?.length ?? 0;

const inputWords = ({ instructions, messages }: ModelRequest): number =>
  messages.reduce((sum, { text }) => sum + countWords(text), countWords(instructions));

// Each word with the white space before it, so that the pieces put together are the text exactly.
const piecesOf = (text: string): string[] => text.match(/\s*\S+|\s+$/g) ?? [];

const shortestTickMs = 5;

/** A scripted model without network or key, so that everything can be tried at once. */
export const createDemoProvider = (
  { wordsPerSecond }: { wordsPerSecond: number } = { wordsPerSecond: 40 },
): Provider => {
  const tickMs = Math.max(shortestTickMs, 1000 / wordsPerSecond);
  const wordsPerTick = Math.max(1, Math.round((wordsPerSecond * tickMs) / 1000));

  return defineProvider({
    kind: 'demo',
    title: 'Parley demo',
    defaultBaseUrl: null,
    needsKey: false,
    environmentVariable: null,
    listModels: async () => ['demo'],
    stream: (_settings, request, sink, { signal, limits }) =>
      new Promise<StopReason>((resolve, reject) => {
        if (signal.aborted) return reject(abortedError());
        if (request.model !== 'demo') {
          const message = `The demo provider has only the model "demo", not "${request.model}".`;
          return reject(new ProviderError('upstream_not_found', message));
        }
        const question = request.messages.findLast(({ role }) => role === 'user')?.text ?? '';
        const all = piecesOf(demoAnswer(question));
        const pieces = request.maxTokens === null ? all : all.slice(0, request.maxTokens);
        let next = 0;
        let held = false;
        let over = false;
        let timer: NodeJS.Timeout | null = null;

        const settle = (): void => {
          over = true;
          if (timer) clearTimeout(timer);
          timer = null;
          clearTimeout(total);
          signal.removeEventListener('abort', onAbort);
          sink.usage({
            inputTokens: inputWords(request),
            outputTokens: next,
            cacheReadTokens: 0,
            cacheWriteTokens: 0,
          });
        };
        const fail = (error: unknown): void => {
          settle();
          reject(error as Error);
        };
        const onAbort = (): void => fail(abortedError());
        const tick = (): void => {
          timer = null;
          try {
            const until = Math.min(pieces.length, next + wordsPerTick);
            while (next < until && !held && !over) sink.text(pieces[next++]!);
          } catch (error) {
            return fail(error);
          }
          if (over) return;
          if (next === pieces.length) {
            settle();
            return resolve(pieces.length < all.length ? 'length' : 'stop');
          }
          if (!held && !over) timer ??= setTimeout(tick, tickMs);
        };
        const total = setTimeout(() => {
          const message = 'The demo answer took longer than allowed (total).';
          fail(new ProviderError('upstream_timeout', message, { phase: 'totalMs' }));
        }, limits.totalMs);
        signal.addEventListener('abort', onAbort, { once: true });
        sink.open({
          pause: () => {
            held = true;
            if (timer) clearTimeout(timer);
            timer = null;
          },
          resume: () => {
            if (!held || over) return;
            held = false;
            timer ??= setTimeout(tick, tickMs);
          },
        });
        if (!held) timer ??= setTimeout(tick, tickMs);
      }),
  });
};
