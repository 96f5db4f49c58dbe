import type { Database } from '../../platform/database/connect.ts';
import type { Usage } from '../models/index.ts';
import type { RunAttempt } from './attempts.ts';
import type { EndStatus, RunError, RunEventType } from './run-event.ts';

/** A row of `run_event` on its way in; `data` is JSON text. */
export interface AppendedRow {
  run_id: string;
  epoch: number;
  seq: number;
  type: RunEventType;
  data: string;
}

/** The end of a run as it is written to `run` and to its message. */
export interface EndedRow {
  run_id: string;
  epoch: number;
  status: EndStatus;
  stop_reason: string | null;
  error: RunError | null;
  usage: Usage | null;
  cost_nanos: number | null;
  text_sha256: string;
  provider_id: string | null;
  provider_name: string | null;
  model: string | null;
  attempts: readonly RunAttempt[];
  parts: readonly object[];
}

/** SQL of the log writer. It serves all runs of this process at once, so it is not one tenant's. */
export interface RunLogStore {
  /** Appends the events and ends the runs in one statement; returns the runs that are no longer ours: nothing of those was written. */
  append(rows: readonly AppendedRow[], endings: readonly EndedRow[]): Promise<Set<string>>;
  /** Number of the last event in the log for each of these runs that is still ours at its epoch. */
  lastSeqs(rows: readonly Pick<AppendedRow, 'run_id' | 'epoch'>[]): Promise<Map<string, number>>;
}

// The log's order is guarded by the key (run_id, seq): a stale owner and its successor both claim the next number,
// and one of them fails. The join with `run` keeps the stale one from writing at all once the epoch has moved.
// Rows are looked up by `= any(…)`: a join may be planned while the tables are small to read an index whole.
const incoming = `incoming as (
    select * from json_to_recordset($4::json) as t(run_id uuid, epoch int, seq int, type text, data json)),
  owned as (
    select r.id, r.workspace_id, r.epoch, r.message_id from run r
    where r.id = any($2::uuid[]) and r.owner = $1 and r.ended_at is null),
  appended as (
    insert into run_event (run_id, seq, workspace_id, type, data)
    select i.run_id, i.seq, o.workspace_id, i.type, i.data
    from incoming i join owned o on o.id = i.run_id and o.epoch = i.epoch)`;

const lost = `select id from (
    select * from unnest($2::uuid[], $3::int[]) as asked(id, epoch) except select id, epoch from owned) as missing`;

const appendText = `with ${incoming} ${lost}`;

const appendAndEndText = `with ${incoming},
  ending as (
    select * from json_to_recordset($5::json) as t(run_id uuid, epoch int, status text, stop_reason text, error jsonb,
      usage jsonb, cost_nanos bigint, text_sha256 text, provider_id uuid, provider_name text, model text,
      attempts jsonb, parts jsonb)),
  ended as (
    update run r set status = e.status, stop_reason = e.stop_reason, error = e.error, usage = e.usage,
      cost_nanos = e.cost_nanos, text_sha256 = e.text_sha256,
      provider_id = coalesce(e.provider_id, r.provider_id), provider_name = coalesce(e.provider_name, r.provider_name),
      model = coalesce(e.model, r.model), attempts = e.attempts, ended_at = now(), lease_until = null
    from ending e join owned o on o.id = e.run_id and o.epoch = e.epoch
    where r.id = any($2::uuid[]) and r.id = o.id and r.epoch = o.epoch
    returning r.message_id, e.parts),
  written as (
    update message m set parts = e.parts from ended e
    where m.id = any(array(select message_id from owned)) and m.id = e.message_id)
  ${lost}`;

const lastSeqsText = `select r.id, (select max(e.seq) from run_event e where e.run_id = r.id) as seq
  from unnest($2::uuid[], $3::int[]) as asked(id, epoch)
  cross join lateral (select id from run where id = asked.id and owner = $1 and epoch = asked.epoch offset 0) r`;

const byRun = (rows: readonly Pick<AppendedRow, 'run_id' | 'epoch'>[]): [string[], number[]] => {
  const epochs = new Map(rows.map((row) => [row.run_id, row.epoch]));
  return [[...epochs.keys()], [...epochs.values()]];
};

// The event's data is JSON already, and has to arrive to the letter.
const rowJson = ({ run_id, epoch, seq, type, data }: AppendedRow): string =>
  `{"run_id":"${run_id}","epoch":${epoch},"seq":${seq},"type":"${type}","data":${data}}`;

export const createRunLogStore = (database: Database, owner: string): RunLogStore => {
  const append = database.prepared<{ id: string }>('run-append', appendText);
  const appendAndEnd = database.prepared<{ id: string }>('run-append-end', appendAndEndText);
  const lastSeqs = database.prepared<{ id: string; seq: number }>('run-last-seqs', lastSeqsText);
  return {
    async append(rows, endings) {
      const values = [owner, ...byRun(rows), `[${rows.map(rowJson).join()}]`];
      const lost =
        endings.length === 0
          ? await append(null, values)
          : await appendAndEnd(null, [...values, JSON.stringify(endings)]);
      return new Set(lost.map((row) => row.id));
    },
    lastSeqs: async (rows) => new Map((await lastSeqs(null, [owner, ...byRun(rows)])).map((row) => [row.id, row.seq])),
  };
};
