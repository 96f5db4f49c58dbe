import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from './cluster/cluster.ts';
import { entriesOf, type Evidence, type LogRow, type ProviderCall, type ShownMessage } from './checker/evidence.ts';
import type { History } from './history.ts';
import type { Chat, People } from './load/people.ts';
import { ask } from './load/request.ts';
import { readScript } from '../server/src/testing/fake-model-script.ts';
import { createEventStreamParser } from '../sdk/src/event-stream-parser.ts';

/** The promise: every run has ended this long after the fault, besides the time its answer takes. */
const endLimitMs = 20_000;
/** For a viewer to notice that a connection is dead, come back and read. */
const viewLimitMs = 30_000;
const pollMs = 250;
const ended = new Set(['completed', 'stopped', 'failed', 'interrupted']);

const answerMs = (model: string): number => {
  const { words, reasoning, paceMs, firstMs, headMs } = readScript(model);
  return (words + reasoning) * paceMs + firstMs + headMs;
};

const statusOf = async (cluster: Cluster, run: string): Promise<string> => {
  try {
    const { status, body } = await ask(`${cluster.nodes[0]!.url}/v1/runs/${run}`, { headers: cluster.account.headers });
    return status === 200 ? (body as { status: string }).status : `HTTP ${status}`;
  } catch (error) {
    return String(error);
  }
};

/** Every node takes and answers a question again, not only the one that a retrying client happens to meet. */
const probe = async (cluster: Cluster, people: People, chats: readonly Chat[], history: History): Promise<void> => {
  await Promise.all(
    cluster.nodes.map(async (node, index) => {
      const sent = await people.write(chats[index]!, { at: node, patienceMs: endLimitMs });
      const what = `node ${node.name} takes no question ${endLimitMs} ms after everything was healed`;
      if (!sent) history.add({ op: 'broken-promise', what });
    }),
  );
};

/** Heals the cluster and waits until everybody is done, as long as the promises allow. `probes`: a chat per node. */
export const settle = async (
  cluster: Cluster,
  people: People,
  probes: readonly Chat[],
  history: History,
): Promise<void> => {
  await cluster.heal();
  history.add({ op: 'healed' });
  await probe(cluster, people, probes, history);
  await people.written();
  const evidence = { history: history.entries } as Evidence;
  const models = [...entriesOf(evidence, 'send'), ...entriesOf(evidence, 'answer-again')].map(({ model }) => model);
  const until = performance.now() + endLimitMs + Math.max(0, ...models.map(answerMs));
  const open = new Map([...new Set(entriesOf(evidence, 'sent').map(({ run }) => run))].map((run) => [run, '?']));
  for (;;) {
    for (const run of open.keys()) {
      const status = await statusOf(cluster, run);
      open.set(run, status);
      if (!ended.has(status)) break;
      history.add({ op: 'ended', run, status });
      open.delete(run);
    }
    if (open.size === 0 || performance.now() > until) break;
    await pause(pollMs);
  }
  for (const [run, status] of open) history.add({ op: 'never-ended', run, status });
  await Promise.race([
    Promise.all(people.viewings().map(({ done }) => done)),
    pause(viewLimitMs, undefined, { ref: false }),
  ]);
};

const messagesAt = async (cluster: Cluster, url: string, conversation: string): Promise<ShownMessage[]> => {
  const { status, body } = await ask(`${url}/v1/conversations/${conversation}/messages`, {
    headers: cluster.account.headers,
  });
  if (status === 404) return [];
  if (status !== 200) throw new Error(`${conversation} cannot be read: ${status} ${JSON.stringify(body)}`);
  return (body as { messages: ShownMessage[] }).messages;
};

const logOverApi = async (cluster: Cluster, run: string): Promise<LogRow[]> => {
  const { body } = await ask(`${cluster.nodes[0]!.url}/v1/runs/${run}/events`, { headers: cluster.account.headers });
  const events = createEventStreamParser().push(Buffer.from(String(body)));
  return events.map(({ id, type, data }) => ({ seq: Number(id), type, data }));
};

const logOverSql = async (cluster: Cluster, run: string): Promise<LogRow[]> =>
  cluster.postgres!.sql<LogRow>('select seq, type, data::text as data from run_event where run_id = $1 order by seq', [
    run,
  ]);

const countWords = (value: unknown): number => {
  if (typeof value === 'string') return value.match(/\S+/g)?.length ?? 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, part) => sum + countWords(part), 0);
  if (typeof value !== 'object' || value === null) return 0;
  const { content, text } = value as { content?: unknown; text?: unknown };
  return countWords(content) + countWords(text);
};

const readCalls = (cluster: Cluster): ProviderCall[] =>
  cluster.provider.calls().map((call) => {
    const body = call.body as { system?: unknown; messages?: { content: unknown }[] };
    const { words, fault } = readScript(call.model);
    const last = body.messages?.at(-1)?.content;
    return {
      question: typeof last === 'string' ? last : JSON.stringify(last ?? null),
      status: call.status,
      wordsSent: call.wordsSent,
      inputTokens: countWords(body.system) + countWords(body.messages),
      complete: call.status === 200 && call.finished && call.wordsSent === words && fault?.after !== words,
    };
  });

/** Reads the final state through every node, and the log beside them where it can be reached. */
export const gather = async (cluster: Cluster, history: History): Promise<Evidence> => {
  const partial = { history: history.entries } as Evidence;
  const conversations = new Set(entriesOf(partial, 'send').map(({ conversation }) => conversation));
  const shown = [];
  for (const { name, url } of cluster.nodes)
    for (const conversation of conversations)
      shown.push({ node: name, conversation, messages: await messagesAt(cluster, url, conversation) });
  const logs = new Map<string, LogRow[]>();
  for (const { messages } of shown)
    for (const { run } of messages)
      if (run && !logs.has(run.id))
        logs.set(run.id, await (cluster.postgres ? logOverSql(cluster, run.id) : logOverApi(cluster, run.id)));
  return {
    history: history.entries,
    shown,
    logs,
    calls: readCalls(cluster),
    deaths: cluster.nodes.flatMap((node) => node.deaths()),
  };
};
