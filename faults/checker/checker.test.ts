import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { fakeText } from '../../server/src/testing/fake-model.ts';
import type { Entry, Happening } from '../history.ts';
import { check, invariants } from './checker.ts';
import type { Evidence, LogRow, ProviderCall, Shown, ShownMessage } from './evidence.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Story {
  history: Entry[];
  shown: Mutable<Shown>[];
  logs: Map<string, LogRow[]>;
  calls: ProviderCall[];
  deaths: string[];
}

const usage = { inputTokens: 4, outputTokens: 3, cacheReadTokens: 0, cacheWriteTokens: 0 };
const text = fakeText(3);
const textSha256 = createHash('sha256').update(text).digest('hex');

/** Two questions in one conversation, answered without any fault, seen by a viewer who came back once, on two nodes. */
const soundStory = (): Story => {
  const history: Entry[] = [];
  const logs = new Map<string, LogRow[]>();
  const calls: ProviderCall[] = [];
  const messages: ShownMessage[] = [];
  const tell = (happening: Happening): void => void history.push({ at: history.length, ...happening });
  for (const n of [1, 2]) {
    const key = `key-${n}`;
    const [question, answer, run, viewer] = [`question-${n}`, `answer-${n}`, `run-${n}`, `viewer-${n}`];
    const sent = { key, message: question, answer, run };
    tell({ op: 'send', key, conversation: 'chat', text: `Why ${n}?`, model: 'words-3' });
    tell({ op: 'send-unknown', key, node: 'a', cause: 'reset' });
    tell({ op: 'sent', node: 'b', replay: true, ...sent });
    const end = { status: 'completed', finalSeq: 6, textSha256, usage };
    const rows = [
      { seq: 1, type: 'run-start', data: '{}' },
      { seq: 2, type: 'step-start', data: '{}' },
      { seq: 3, type: 'text-delta', data: '{"text":"w1 w2"}' },
      { seq: 4, type: 'text-delta', data: '{"text":" w3"}' },
      { seq: 5, type: 'usage', data: JSON.stringify(usage) },
      { seq: 6, type: 'run-end', data: JSON.stringify(end) },
    ];
    logs.set(run, rows);
    tell({ op: 'view', viewer, run, node: 'a', after: 0 });
    for (const row of rows.slice(0, 3)) tell({ op: 'seen', viewer, run, ...row });
    tell({ op: 'view-lost', viewer, run, cause: 'reset' });
    tell({ op: 'view', viewer, run, node: 'b', after: 3 });
    for (const row of rows.slice(3)) tell({ op: 'seen', viewer, run, ...row });
    tell({ op: 'viewed', viewer, run });
    tell({ op: 'ended', run, status: 'completed' });
    const shownRun = { id: run, status: 'completed', textSha256, usage, attempts: [{ called: true }] };
    const parentId = n === 1 ? null : 'answer-1';
    messages.push({ id: question, parentId, role: 'user', parts: [{ type: 'text', text: `Why ${n}?` }], run: null });
    messages.push({
      id: answer,
      parentId: question,
      role: 'assistant',
      parts: [{ type: 'text', text }],
      run: shownRun,
    });
    calls.push({ question: `Why ${n}?`, status: 200, wordsSent: 3, inputTokens: 4, complete: true });
  }
  const shown = ['a', 'b'].map((node) => ({ node, conversation: 'chat', messages: structuredClone(messages) }));
  return { history, shown, logs, calls, deaths: [] };
};

const violated = (story: Story): string[] => [
  ...new Set(check(story satisfies Evidence).map(({ invariant }) => invariant)),
];

const everywhere = (story: Story, change: (messages: ShownMessage[]) => unknown): void => {
  for (const shown of story.shown) change(shown.messages as ShownMessage[]);
};

const seenBy = (story: Story, viewer: string): Extract<Entry, { op: 'seen' }>[] =>
  story.history.filter(
    (entry): entry is Extract<Entry, { op: 'seen' }> => entry.op === 'seen' && entry.viewer === viewer,
  );

const remove = (story: Story, entry: Entry): void => void story.history.splice(story.history.indexOf(entry), 1);

const setRun = (story: Story, index: number, change: object): void =>
  everywhere(story, (messages) => Object.assign(messages[index]!.run!, change));

it('a history without faults is sound', () => {
  expect(check(soundStory())).toEqual([]);
});

const broken: [what: string, invariant: string, breakIt: (story: Story) => unknown][] = [
  [
    'an acknowledged question is lost',
    'acked questions are kept, once and to the byte',
    (story) => everywhere(story, (messages) => messages.splice(2, 2)),
  ],
  [
    'an acknowledged question stands twice',
    'acked questions are kept, once and to the byte',
    (story) => everywhere(story, (messages) => messages.push({ ...messages[0]!, id: 'question-1b' })),
  ],
  [
    'a question has another blank than the one sent',
    'acked questions are kept, once and to the byte',
    (story) => everywhere(story, (messages) => (messages[0]!.parts[0]!.text = 'Why\u00a01?')),
  ],
  [
    'a refused question is kept',
    'acked questions are kept, once and to the byte',
    (story) => {
      remove(
        story,
        story.history.find((entry) => entry.op === 'sent')!,
      );
      story.history.push({ at: 99, op: 'send-refused', key: 'key-1', node: 'a', status: 422, code: 'x' });
    },
  ],
  [
    'a retry makes a second turn',
    'a key creates once',
    (story) =>
      story.history.push({
        at: 99,
        op: 'sent',
        key: 'key-1',
        node: 'a',
        message: 'question-2',
        answer: 'answer-2',
        run: 'run-2',
        replay: true,
      }),
  ],
  [
    'a question is answered twice though asked once',
    'a key creates once',
    (story) => everywhere(story, (messages) => messages.push({ ...structuredClone(messages[1]!), id: 'answer-1b' })),
  ],
  [
    'a later question does not follow an earlier one',
    'order is kept',
    (story) => everywhere(story, (messages) => (messages[2]!.parentId = null)),
  ],
  [
    'two nodes show different things',
    'nodes agree',
    (story) => (story.shown[1]!.messages = story.shown[1]!.messages.slice(0, 2)),
  ],
  [
    'an acknowledged run is gone',
    'acked runs exist',
    (story) => everywhere(story, (messages) => (messages[1]!.run = null)),
  ],
  ['a number is left out', 'logs are dense', (story) => story.logs.get('run-1')!.splice(2, 1)],
  [
    'an event is written after the end',
    'logs are dense',
    (story) => story.logs.get('run-1')!.push({ seq: 7, type: 'text-delta', data: '{"text":" w4"}' }),
  ],
  [
    'two ends',
    'logs are dense',
    (story) => story.logs.get('run-1')!.push({ ...story.logs.get('run-1')!.at(-1)!, seq: 7 }),
  ],
  [
    'the message lacks what the log has',
    'the log is the message',
    (story) => everywhere(story, (messages) => (messages[1]!.parts[0]!.text = 'w1 w2')),
  ],
  [
    'a hash of another text',
    'the log is the message',
    (story) => setRun(story, 1, { textSha256: textSha256.replace(/^./, 'x') }),
  ],
  [
    'log and run disagree about the end',
    'the log is the message',
    (story) => setRun(story, 1, { status: 'interrupted' }),
  ],
  ['a run is still running', 'runs end', (story) => setRun(story, 1, { status: 'running' })],
  [
    'a run ends too late',
    'runs end',
    (story) => story.history.push({ at: 99, op: 'never-ended', run: 'run-1', status: 'running' }),
  ],
  ['a viewer lacks an event', 'viewers saw the log', (story) => remove(story, seenBy(story, 'viewer-1')[2]!)],
  [
    'a viewer gets an event again after it came back',
    'viewers saw the log',
    (story) => {
      const again = seenBy(story, 'viewer-1')[1]!;
      story.history.splice(story.history.indexOf(seenBy(story, 'viewer-1')[2]!), 0, { ...again });
    },
  ],
  [
    'a viewer saw text that the log does not have',
    'viewers saw the log',
    (story) => (seenBy(story, 'viewer-2')[2]!.data = '{"text":"w1 w2 w3 w4"}'),
  ],
  [
    'a viewer waits for ever',
    'viewers saw the end',
    (story) =>
      remove(
        story,
        story.history.find((entry) => entry.op === 'viewed')!,
      ),
  ],
  [
    'a viewer is refused when it comes back',
    'viewers saw the end',
    (story) =>
      story.history.push({ at: 99, op: 'view-refused', viewer: 'viewer-1', run: 'run-1', status: 400, after: 3 }),
  ],
  [
    'text that the provider never said',
    'answers are what the provider said',
    (story) => (story.calls[0] = { ...story.calls[0]!, wordsSent: 2 }),
  ],
  [
    'a stream that was cut counts as completed',
    'answers are what the provider said',
    (story) => (story.calls[0] = { ...story.calls[0]!, complete: false }),
  ],
  ['a second call of the provider', 'calls are attempts', (story) => story.calls.push({ ...story.calls[0]! })],
  ['completed without a call', 'calls are attempts', (story) => story.calls.shift()],
  [
    'usage is written twice',
    'usage is reported once',
    (story) => {
      const rows = story.logs.get('run-1')!;
      rows.splice(4, 0, { ...rows[4]! });
    },
  ],
  [
    'usage is made up',
    'usage is reported once',
    (story) => setRun(story, 1, { usage: { ...usage, outputTokens: 30 } }),
  ],
  ['a process died', 'processes live', (story) => story.deaths.push('a ended by itself')],
  [
    'a scenario saw a promise broken',
    'promises of the scenario',
    (story) => story.history.push({ at: 99, op: 'broken-promise', what: 'too slow' }),
  ],
];

it.each(broken)('%s: %s', (_what, invariant, breakIt) => {
  const story = soundStory();
  breakIt(story);
  expect(violated(story)).toContain(invariant);
});

it('every invariant is shown to fail', () => {
  expect(new Set(broken.map(([, invariant]) => invariant))).toEqual(new Set(Object.keys(invariants)));
});
