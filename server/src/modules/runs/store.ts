import { sql, type Selectable } from 'kysely';
import type { Database } from '../../platform/database/connect.ts';
import type { RunTable } from '../../platform/database/tables.ts';
import { demoProviderId, type ModelRef } from '../models/index.ts';
import type { RunError } from './run-event.ts';
import { claimText, interruptText, sendText, stopQueuedText } from './send-statement.ts';

export type RunRow = Selectable<RunTable>;

/** The bot, the model and the words a run is answered with. */
export interface TaskRow {
  model: string;
  model_provider_id: string;
  bot_id: string | null;
  bot_workspace_id: string | null;
  instructions: string | null;
  temperature: number | null;
  max_tokens: number | null;
  provider_id: string | null;
  bot_model: string | null;
  fallbacks: ModelRef[] | null;
  history: { role: 'user' | 'assistant'; parts: TaskPart[] }[];
  /** What the answer begins with: the parts of the one it continues. */
  kept: TaskPart[] | null;
}

interface TaskPart {
  type: string;
  text?: string;
}

export interface SentRow extends TaskRow {
  waits: boolean;
  place_id: string | null;
  created_at: Date;
}

export interface ClaimedRow extends TaskRow {
  run_id: string;
  workspace_id: string;
  epoch: number;
  last_seq: number;
}

/** What is written by one send. `place` undefined: after the conversation's head. */
export interface Sending {
  userId: string;
  conversationId: string;
  place: string | null | undefined;
  /** Null: the place is answered again. */
  questionId: string | null;
  answerId: string;
  runId: string;
  /** The ended answer beside the new one whose text the new one begins with. */
  continuesId: string | null;
  parts: readonly object[];
  scope: string;
  key: string;
  requestSha256: Buffer;
  /** For a conversation that has none yet. */
  title: string | null;
}

const leaseSeconds = 15;

export const createRunStore = (database: Database, owner: string) => {
  const send = database.prepared<SentRow>('run-send', sendText);
  const claim = database.prepared<ClaimedRow>('run-claim', claimText);
  const interrupt = database.prepared<{ id: string }>('run-interrupt', interruptText);
  const stopQueued = database.prepared<{ id: string }>('run-stop-queued', stopQueuedText);

  return {
    /** One statement; null when nothing was written: not the caller's, no such place, or a key used before. */
    async send(workspaceId: string, sending: Sending): Promise<SentRow | null> {
      const rows = await send(workspaceId, [
        workspaceId,
        sending.userId,
        sending.conversationId,
        sending.place !== undefined,
        sending.place ?? null,
        sending.questionId,
        sending.answerId,
        sending.runId,
        JSON.stringify(sending.parts),
        sending.scope,
        sending.key,
        sending.requestSha256,
        owner,
        leaseSeconds,
        demoProviderId,
        sending.title,
        sending.continuesId,
      ]);
      return rows[0] ?? null;
    },

    async idempotency(workspaceId: string, scope: string, key: string) {
      const row = await database
        .tenant(workspaceId)
        .selectFrom('idempotency')
        .select(['request_sha256', 'response'])
        .where('workspace_id', '=', workspaceId)
        .where('scope', '=', scope)
        .where('key', '=', key)
        .executeTakeFirst();
      return row && { requestSha256: row.request_sha256, runId: (row.response as { runId: string }).runId };
    },

    /** The run, when it belongs to a conversation of this user. */
    async find(workspaceId: string, userId: string, runId: string) {
      return database
        .tenant(workspaceId)
        .selectFrom('run')
        .innerJoin('conversation', 'conversation.id', 'run.conversation_id')
        .selectAll('run')
        .select((eb) =>
          eb
            .selectFrom('run_event')
            .select((inner) => inner.fn.coalesce(inner.fn.max('seq'), inner.lit(0)).as('seq'))
            .whereRef('run_event.run_id', '=', 'run.id')
            .as('last_seq'),
        )
        .where('run.workspace_id', '=', workspaceId)
        .where('conversation.created_by', '=', userId)
        .where('run.id', '=', runId)
        .executeTakeFirst();
    },

    async ofConversation(workspaceId: string, conversationId: string): Promise<RunRow[]> {
      return database
        .tenant(workspaceId)
        .selectFrom('run')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('conversation_id', '=', conversationId)
        .execute();
    },

    async message(workspaceId: string, messageId: string) {
      return database
        .tenant(workspaceId)
        .selectFrom('message')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', messageId)
        .executeTakeFirst();
    },

    /** True when nobody had begun to answer it, and it has ended with this. */
    async requestStop(workspaceId: string, runId: string): Promise<boolean> {
      const stopped = await stopQueued(workspaceId, [workspaceId, runId]);
      if (stopped.length > 0) return true;
      await database
        .tenant(workspaceId)
        .updateTable('run')
        .set({ stop_requested: true })
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', runId)
        .where('ended_at', 'is', null)
        .execute();
      return false;
    },

    /** Waiting runs whose turn has come, taken by this process; all tenants'. */
    claim: (runId: string | null, limit: number): Promise<ClaimedRow[]> =>
      claim(null, [runId, owner, leaseSeconds, limit]),

    /** Ends the runs of owners that are gone; `alone` when no other process can be alive. */
    interruptDead: async (alone: boolean, error: RunError): Promise<string[]> =>
      (await interrupt(null, [owner, alone, JSON.stringify(error)])).map((row) => row.id),

    /** Keeps the lease of runs answered here; returns those to stop: somebody asked, or they are ours no more. */
    async renew(runIds: readonly string[]): Promise<string[]> {
      const rows = await database.system
        .updateTable('run')
        .set({ lease_until: sql<Date>`now() + make_interval(secs => ${leaseSeconds})` })
        .where('id', 'in', [...runIds])
        .where('owner', '=', owner)
        .where('ended_at', 'is', null)
        .returning(['id', 'stop_requested'])
        .execute();
      const going = new Set(rows.filter((row) => !row.stop_requested).map((row) => row.id));
      return runIds.filter((runId) => !going.has(runId));
    },

    /** Lets a run of this process wait for its turn again, when nothing of its answer was written; false when it is not so. */
    async requeue(runId: string): Promise<boolean> {
      const { numUpdatedRows } = await database.system
        .updateTable('run')
        .set({ status: 'queued', owner: null, lease_until: null })
        .where('id', '=', runId)
        .where('owner', '=', owner)
        .where('status', '=', 'running')
        .where((eb) =>
          eb.not(eb.exists(eb.selectFrom('run_event').where('run_id', '=', runId).where('seq', '>', 1).select('seq'))),
        )
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    /** Deletes the events of runs that ended before; their messages hold what was said. */
    async purgeEvents(endedBefore: Date): Promise<void> {
      await database.patient
        .deleteFrom('run_event')
        .where('run_id', 'in', (eb) =>
          eb.selectFrom('run').select('id').where('ended_at', '<', endedBefore).where('ended_at', 'is not', null),
        )
        .execute();
    },

    async purgeIdempotency(now: Date): Promise<void> {
      await database.patient.deleteFrom('idempotency').where('expires_at', '<', now).execute();
    },
  };
};

export type RunStore = ReturnType<typeof createRunStore>;
