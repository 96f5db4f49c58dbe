import { setTimeout as pause } from 'node:timers/promises';
import { createEventStreamParser } from '../../sdk/src/event-stream-parser.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { ServerNode } from '../cluster/server-node.ts';
import type { History } from '../history.ts';
import type { Random } from '../random.ts';
import { ask, open, type Answer } from './request.ts';

export interface Chat {
  conversation: string;
  model: string;
}

export interface Sent {
  run: string;
  message: string;
  answer: string;
  replay: boolean;
}

export interface Viewing {
  viewer: string;
  /** Resolves once the viewer has seen the end, was refused or has left. */
  done: Promise<void>;
  /** Number of the last event seen. */
  last(): number;
  /** How the run ended, once the viewer has seen it. */
  status(): string | null;
  /** Resolves when so many characters of the answer were seen, or the viewing is over. */
  reads(characters: number): Promise<void>;
  leave(): void;
}

/** People who use the cluster; whatever they do and see goes into the history. */
export interface People {
  /** A new conversation whose bot's model behaves as its name says. */
  chat(model: string, options?: { ownProvider?: boolean }): Promise<Chat>;
  /** Sends, with the same key again and again, until it is acknowledged or refused for good. */
  write(
    chat: Chat,
    options?: { key?: string; text?: string; at?: ServerNode; patienceMs?: number },
  ): Promise<Sent | null>;
  answerAgain(chat: Chat, question: string): Promise<Sent | null>;
  /**
   * Follows a run to its end over as many connections as it takes, on one node after another or always on `at`. Who is
   * restless breaks connections off without need; `direct` leaves out the link to the node.
   */
  view(run: string, options?: { at?: ServerNode; after?: number; restless?: boolean; direct?: boolean }): Viewing;
  stop(run: string, at?: ServerNode): Promise<void>;
  /** One attempt without entering it into the history as anything but an acknowledgement. */
  post(node: ServerNode, chat: Chat, key: string, text: string): Promise<Answer>;
  /** A text that nobody has sent before. */
  newText(): string;
  newKey(): string;
  /** Resolves when everybody who writes is done. */
  written(): Promise<unknown>;
  viewings(): readonly Viewing[];
  /** Nobody tries anything again. */
  dismiss(): void;
}

interface Turn {
  message: { id: string };
  answer: { id: string };
  run: { id: string };
}

const firstRetryMs = 100;
const lastRetryMs = 2_000;
const writerPatienceMs = 60_000;
/** Longer than the pause between two heartbeats may be. */
const viewerSilenceMs = 16_000;

// What a careless path through JSON, SQL or HTTP would change.
const spices = [
  'é e\u0301',
  '🦜👩‍👩‍👧',
  ' two  blanks ',
  'a\r\nb\tc',
  '"quoted" \\u0041 \\',
  '$1 %s {{x}} <b>',
  '\u2028\u00a0 ',
  'ー漢字',
];

export const createPeople = (options: { cluster: Cluster; history: History; random: Random; name: string }): People => {
  const { cluster, history, random, name } = options;
  let asked = 0;
  let viewers = 0;
  let turn = random.integer(0, 2);
  const writing: Promise<unknown>[] = [];
  const viewings: Viewing[] = [];
  let dismissed = false;
  const { headers } = cluster.account;

  const nextNode = (): ServerNode => cluster.nodes[(turn += 1) % cluster.nodes.length]!;
  const newKey = (): string => `${name}-${(asked += 1)}`;
  const newText = (): string => `Question ${name}-${(asked += 1)} ${random.pick(spices)} ${random.pick(spices)}?`;

  const send = (node: ServerNode, path: string, key: string, body: object): Promise<Answer> =>
    ask(node.url + path, { method: 'POST', headers: { ...headers, 'idempotency-key': key }, body });

  const accept = (node: ServerNode, key: string, answer: Answer): Sent => {
    const { message, answer: reply, run } = answer.body as Turn;
    const replay = answer.headers['idempotent-replay'] === 'true';
    const sent = { message: message.id, answer: reply.id, run: run.id, replay };
    history.add({ op: 'sent', key, node: node.name, ...sent });
    return sent;
  };

  const isPassing = (status: number): boolean => status >= 500 || status === 408 || status === 429;

  const insist = async (
    path: string,
    key: string,
    body: object,
    how: { at?: ServerNode | undefined; patienceMs?: number | undefined },
  ): Promise<Sent | null> => {
    const until = performance.now() + (how.patienceMs ?? writerPatienceMs);
    for (let wait = firstRetryMs; performance.now() < until && !dismissed; wait = Math.min(2 * wait, lastRetryMs)) {
      const node = how.at ?? nextNode();
      try {
        const answer = await send(node, path, key, body);
        if (answer.status === 201) return accept(node, key, answer);
        const { code = '' } = answer.body as { code?: string };
        if (!isPassing(answer.status)) {
          history.add({ op: 'send-refused', key, node: node.name, status: answer.status, code });
          return null;
        }
        history.add({ op: 'send-unknown', key, node: node.name, cause: `${answer.status} ${code}` });
      } catch (error) {
        history.add({ op: 'send-unknown', key, node: node.name, cause: String(error) });
      }
      await pause(wait);
    }
    return null;
  };

  const note = <T>(work: Promise<T>): Promise<T> => {
    writing.push(work);
    return work;
  };

  const view: People['view'] = (run, how = {}) => {
    const viewer = `viewer-${(viewers += 1)}`;
    let last = how.after ?? 0;
    let retryMs = 1_000;
    let text = 0;
    let status: string | null = null;
    let over = false;
    let leaving = false;
    let current: { destroy(): void } | null = null;
    const readers: { characters: number; go: () => void }[] = [];
    const tellReaders = (): void => {
      for (const { characters, go } of readers) if (over || text >= characters) go();
    };

    /** Reads one connection; true when nothing is to be expected of another one. */
    const follow = async (node: ServerNode): Promise<boolean> => {
      history.add({ op: 'view', viewer, run, node: node.name, after: last });
      const response = await open(`${how.direct ? node.directUrl : node.url}/v1/runs/${run}/events`, {
        headers: { ...headers, accept: 'text/event-stream', ...(last > 0 ? { 'last-event-id': String(last) } : {}) },
        silenceMs: viewerSilenceMs,
      });
      current = response;
      const { statusCode = 0 } = response;
      if (statusCode !== 200) {
        response.resume();
        if (isPassing(statusCode)) throw new Error(`status ${statusCode}`);
        history.add({ op: 'view-refused', viewer, run, status: statusCode, after: last });
        return true;
      }
      const parser = createEventStreamParser();
      let patience = how.restless ? random.integer(1, 25) : Infinity;
      for await (const chunk of response) {
        for (const event of parser.push(chunk as Buffer)) {
          last = Number(event.id);
          if (event.type === 'text-delta') text += (JSON.parse(event.data) as { text: string }).text.length;
          history.add({ op: 'seen', viewer, run, seq: last, type: event.type, data: event.data });
          tellReaders();
          if ((patience -= 1) <= 0 && event.type !== 'run-end') throw new Error('restless');
          if (event.type !== 'run-end') continue;
          ({ status } = JSON.parse(event.data) as { status: string });
          history.add({ op: 'viewed', viewer, run });
          return true;
        }
        retryMs = parser.retryMs() ?? retryMs;
      }
      throw new Error('the stream ended without run-end');
    };

    const watch = async (): Promise<void> => {
      while (!leaving) {
        try {
          if (await follow(how.at ?? nextNode())) break;
        } catch (error) {
          if (leaving) break;
          history.add({ op: 'view-lost', viewer, run, cause: String(error) });
        }
        current?.destroy();
        await pause(how.restless ? random.integer(0, 200) : retryMs, undefined, { ref: false });
      }
      current?.destroy();
      if (leaving) history.add({ op: 'view-left', viewer, run });
      over = true;
      tellReaders();
    };
    const viewing: Viewing = {
      viewer,
      done: watch(),
      last: () => last,
      status: () => status,
      reads: (characters) =>
        new Promise((go) => {
          readers.push({ characters, go });
          tellReaders();
        }),
      leave() {
        leaving = true;
        current?.destroy();
      },
    };
    viewings.push(viewing);
    return viewing;
  };

  return {
    newText,
    newKey,
    view,
    chat: async (model, { ownProvider = false } = {}) => ({
      conversation: await cluster.account.converse(model, ownProvider),
      model,
    }),
    write(chat, { key = newKey(), text = newText(), at, patienceMs } = {}) {
      history.add({ op: 'send', key, ...chat, text });
      return note(insist(`/v1/conversations/${chat.conversation}/messages`, key, { text }, { at, patienceMs }));
    },
    answerAgain(chat, question) {
      const key = newKey();
      history.add({ op: 'answer-again', key, ...chat, question });
      return note(insist(`/v1/conversations/${chat.conversation}/messages/${question}/answers`, key, {}, {}));
    },
    async post(node, chat, key, text) {
      history.add({ op: 'send', key, ...chat, text });
      const answer = await send(node, `/v1/conversations/${chat.conversation}/messages`, key, { text });
      if (answer.status === 201) accept(node, key, answer);
      return answer;
    },
    async stop(run, at = nextNode()) {
      history.add({ op: 'stop', run, node: at.name });
      const answer = await ask(`${at.url}/v1/runs/${run}/stop`, { method: 'POST', headers, body: {} });
      const { status = String(answer.status) } = answer.body as { status?: string };
      history.add({ op: 'stopped', run, node: at.name, status });
    },
    written: () => Promise.all(writing),
    viewings: () => viewings,
    dismiss() {
      dismissed = true;
      for (const viewing of viewings) viewing.leave();
    },
  };
};
