import type { RunRow, SentRow, Sending } from './store.ts';
import type { Message, Run } from './schemas.ts';

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

export const presentRun = (row: RunRow): Run => ({
  id: row.id,
  conversationId: row.conversation_id,
  messageId: row.message_id,
  status: row.status as Run['status'],
  stopReason: row.stop_reason,
  error: row.error as Run['error'],
  model: row.model === null ? null : { provider: row.provider_name, name: row.model },
  usage: row.usage as Run['usage'],
  attempts: row.attempts as Run['attempts'],
  costNanos: row.cost_nanos,
  textSha256: row.text_sha256,
  createdAt: row.created_at.toISOString(),
  startedAt: iso(row.started_at),
  endedAt: iso(row.ended_at),
});

interface MessageRow {
  id: string;
  conversation_id: string;
  parent_id: string | null;
  role: string;
  parts: unknown;
  created_at: Date;
}

export const presentMessage = (row: MessageRow, run: Run | null): Message => ({
  id: row.id,
  conversationId: row.conversation_id,
  parentId: row.parent_id,
  role: row.role as Message['role'],
  parts: row.parts as Message['parts'],
  run,
  createdAt: row.created_at.toISOString(),
});

/** The run of a turn that was sent just now, without asking the database again. */
export const presentSentRun = (sending: Sending, row: SentRow): Run => ({
  id: sending.runId,
  conversationId: sending.conversationId,
  messageId: sending.answerId,
  status: row.waits ? 'queued' : 'running',
  stopReason: null,
  error: null,
  model: { provider: null, name: row.model },
  usage: null,
  attempts: [],
  costNanos: null,
  textSha256: null,
  createdAt: row.created_at.toISOString(),
  startedAt: row.waits ? null : row.created_at.toISOString(),
  endedAt: null,
});
