import type { Entry } from '../history.ts';

export interface Usage {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
}

/** A message as the API shows it. */
export interface ShownMessage {
  id: string;
  parentId: string | null;
  role: 'user' | 'assistant';
  parts: { type: string; text?: string }[];
  run: ShownRun | null;
}

export interface ShownRun {
  id: string;
  status: string;
  textSha256: string | null;
  usage: Usage | null;
  /** Complete once the run has ended, unless its process died: then the log says how many steps began. */
  attempts: readonly { called: boolean }[];
}

/** One conversation as one node shows it. */
export interface Shown {
  node: string;
  conversation: string;
  messages: readonly ShownMessage[];
}

/** One row of a run's log. */
export interface LogRow {
  seq: number;
  type: string;
  /** JSON, to the letter. */
  data: string;
}

/** One request as the provider saw it. */
export interface ProviderCall {
  /** Text of the last question in it. */
  question: string;
  status: number;
  wordsSent: number;
  inputTokens: number;
  /** It was answered to the end that the protocol demands, with every word. */
  complete: boolean;
}

/** Everything that is known about one scenario once it is over. */
export interface Evidence {
  history: readonly Entry[];
  shown: readonly Shown[];
  /** By run. */
  logs: ReadonlyMap<string, readonly LogRow[]>;
  calls: readonly ProviderCall[];
  /** Processes that ended without being told to. */
  deaths: readonly string[];
}

export type Invariant = (evidence: Evidence) => string[];

export const textOf = (message: ShownMessage): string =>
  message.parts.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join('');

export const textOfLog = (rows: readonly { type: string; data: string }[]): string =>
  rows.map((row) => (row.type === 'text-delta' ? (JSON.parse(row.data) as { text: string }).text : '')).join('');

/** What the first node shows; that the others show the same is an invariant of its own. */
export const firstShown = ({ shown }: Evidence): Shown[] => shown.filter(({ node }) => node === shown[0]?.node);

/** Every answer with its question and run, as the first node shows them. */
export const answers = (
  evidence: Evidence,
): { conversation: string; question: ShownMessage; answer: ShownMessage; run: ShownRun }[] =>
  firstShown(evidence).flatMap(({ conversation, messages }) => {
    const byId = new Map(messages.map((message) => [message.id, message]));
    return messages.flatMap((answer) => {
      const question = answer.parentId === null ? undefined : byId.get(answer.parentId);
      return answer.run && question ? [{ conversation, question, answer, run: answer.run }] : [];
    });
  });

export const entriesOf = <Op extends Entry['op']>(evidence: Evidence, op: Op): Extract<Entry, { op: Op }>[] =>
  evidence.history.filter((entry): entry is Extract<Entry, { op: Op }> => entry.op === op);
