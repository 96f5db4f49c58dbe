import type { ModelMessage } from '../models/index.ts';
import type { Assignment } from './executor.ts';
import type { Frame } from './log-writer.ts';
import type { TaskRow } from './store.ts';

const textOf = (parts: TaskRow['history'][number]['parts']): string =>
  parts
    .filter((part) => part.type === 'text')
    .map((part) => part.text ?? '')
    .join('');

/** The path to the question as the model reads it: answers without text are left out, neighbours of one role joined. */
export const toModelMessages = (history: TaskRow['history']): ModelMessage[] => {
  const messages: ModelMessage[] = [];
  for (const { role, parts } of history) {
    const text = textOf(parts);
    if (text === '') continue;
    const last = messages.at(-1);
    if (last?.role === role) messages[messages.length - 1] = { role, text: `${last.text}\n\n${text}` };
    else messages.push({ role, text });
  }
  return messages;
};

const goOn =
  'Your answer above was cut off where it ends. Go on from exactly there: repeat nothing of it and add no remark about it.';

/** What the executor needs, from the row that handed the run over. */
export const toAssignment = (
  row: TaskRow,
  run: { id: string; workspaceId: string; epoch: number; lastSeq: number; startFrame: Frame | null; question: string },
): Assignment => {
  const kept = textOf(row.kept ?? []);
  const toContinue: ModelMessage[] =
    kept === ''
      ? []
      : [
          { role: 'assistant', text: kept },
          { role: 'user', text: goOn },
        ];
  return {
    runId: run.id,
    epoch: run.epoch,
    lastSeq: run.lastSeq,
    startFrame: run.startFrame,
    choices: [
      row.provider_id === null
        ? { workspaceId: run.workspaceId, model: null }
        : { workspaceId: row.bot_workspace_id!, model: { providerId: row.provider_id, name: row.bot_model ?? '' } },
      ...(row.fallbacks ?? []).map((model) => ({ workspaceId: row.bot_workspace_id!, model })),
    ],
    botMissing: row.bot_id === null,
    instructions: row.instructions ?? '',
    temperature: row.temperature,
    maxTokens: row.max_tokens,
    kept,
    history: [
      ...toModelMessages(row.history),
      ...toContinue,
      ...(run.question === '' ? [] : [{ role: 'user' as const, text: run.question }]),
    ],
  };
};
