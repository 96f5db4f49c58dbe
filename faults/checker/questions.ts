import { entriesOf, firstShown, textOf, type Evidence, type Invariant, type ShownMessage } from './evidence.ts';

const questionsIn = (evidence: Evidence, conversation: string): ShownMessage[] =>
  firstShown(evidence)
    .filter((shown) => shown.conversation === conversation)
    .flatMap(({ messages }) => messages.filter(({ role }) => role === 'user'));

/** Every acknowledged question is there once, to the byte; a refused one is not; none is there that nobody asked. */
export const ackedQuestionsAreKept: Invariant = (evidence) => {
  const faults: string[] = [];
  const sends = entriesOf(evidence, 'send');
  const acked = new Map(entriesOf(evidence, 'sent').map((entry) => [entry.key, entry]));
  const refused = new Set(entriesOf(evidence, 'send-refused').map(({ key }) => key));
  const askedKeys = new Map<string, Set<string>>();
  for (const { text, key } of sends) {
    const keys = askedKeys.get(text) ?? new Set<string>();
    askedKeys.set(text, keys.add(key));
  }
  for (const { key, conversation, text } of new Map(sends.map((send) => [send.key, send])).values()) {
    const found = questionsIn(evidence, conversation).filter((message) => textOf(message) === text);
    const ack = acked.get(key);
    if (found.length > askedKeys.get(text)!.size)
      faults.push(`${key}: its question stands ${found.length} times in ${conversation}`);
    if (ack && !found.some(({ id }) => id === ack.message))
      faults.push(`${key}: acknowledged as ${ack.message}, which is not in ${conversation} with this text`);
    if (!ack && refused.has(key) && found.length > 0) faults.push(`${key}: refused, and yet kept`);
  }
  for (const { conversation, messages } of firstShown(evidence))
    for (const message of messages)
      if (message.role === 'user' && !askedKeys.has(textOf(message)))
        faults.push(`${message.id} in ${conversation} has a text that nobody sent`);
  return faults;
};

/** One key is one message, one answer and one run, however often and wherever it was sent. */
export const keysCreateOnce: Invariant = (evidence) => {
  const faults: string[] = [];
  for (const [key, entries] of Map.groupBy(entriesOf(evidence, 'sent'), (entry) => entry.key)) {
    const turns = new Set(entries.map(({ message, answer, run }) => `${message} ${answer} ${run}`));
    if (turns.size > 1) faults.push(`${key}: acknowledged with ${turns.size} different turns`);
    if (entries.filter(({ replay }) => !replay).length > 1) faults.push(`${key}: acknowledged as new more than once`);
  }
  const keysOfQuestion = new Map<string, Set<string>>();
  const keys = new Map(entriesOf(evidence, 'sent').map((entry) => [entry.key, entry.message]));
  for (const [key, message] of keys) {
    const known = keysOfQuestion.get(message) ?? new Set<string>();
    keysOfQuestion.set(message, known.add(key));
  }
  const unsure = entriesOf(evidence, 'answer-again').filter(({ key }) => !keys.has(key));
  for (const { conversation, messages } of firstShown(evidence))
    for (const question of messages.filter(({ role }) => role === 'user')) {
      const given = messages.filter(({ parentId, role }) => parentId === question.id && role === 'assistant').length;
      const asked = keysOfQuestion.get(question.id)?.size ?? 1;
      const perhaps = unsure.filter((entry) => entry.question === question.id).length;
      if (given < asked || given > asked + perhaps)
        faults.push(`${question.id} in ${conversation}: asked ${asked} times, answered ${given} times`);
    }
  return faults;
};

/** In one conversation, a question follows those that were acknowledged before it was sent. */
export const orderIsKept: Invariant = (evidence) => {
  const faults: string[] = [];
  const acks = new Map(entriesOf(evidence, 'sent').map((entry) => [entry.key, entry]));
  for (const { conversation, messages } of firstShown(evidence)) {
    const parents = new Map(messages.map(({ id, parentId }) => [id, parentId]));
    const before = (id: string): Set<string> => {
      const path = new Set<string>();
      for (let at = parents.get(id); at; at = parents.get(at)) path.add(at);
      return path;
    };
    const turns = entriesOf(evidence, 'send')
      .filter((send) => send.conversation === conversation && acks.has(send.key))
      .map((send) => ({ sentAt: send.at, ack: acks.get(send.key)! }));
    for (const later of turns) {
      const path = before(later.ack.message);
      for (const { ack } of turns)
        if (ack.at < later.sentAt && ack.message !== later.ack.message && !path.has(ack.message))
          faults.push(`${later.ack.message} does not follow ${ack.message}, acknowledged before it was sent`);
    }
  }
  return faults;
};

/** All nodes show the same conversations, message by message. */
export const nodesAgree: Invariant = ({ shown }) => {
  const faults: string[] = [];
  for (const [conversation, views] of Map.groupBy(shown, (view) => view.conversation)) {
    const first = JSON.stringify(views[0]!.messages);
    for (const view of views)
      if (JSON.stringify(view.messages) !== first)
        faults.push(`${conversation}: node ${view.node} shows something else than node ${views[0]!.node}`);
  }
  return faults;
};
