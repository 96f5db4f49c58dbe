import type { Database } from '../../platform/database/connect.ts';
import { eventFrame, isEnded, type RunEventType } from './run-event.ts';
import type { Frame } from './log-writer.ts';

/** A run whose events after a number are wanted. */
export interface Wanted {
  workspaceId: string;
  runId: string;
  after: number;
}

/** What the log holds of a wanted run. */
export interface Found {
  /** Oldest first; at most `pageSize`. */
  frames: readonly Frame[];
  /** `missing`: it was deleted, with its conversation. */
  state: 'open' | 'ended' | 'missing';
}

/** Events of one run that are read at a time. */
export const pageSize = 50;

interface Row {
  run_id: string;
  status: string | null;
  seq: number | null;
  type: RunEventType;
  data: string;
}

// Many runs in one statement, so it is not one tenant's; whoever attached was judged before.
const readText = `select w.run_id, r.status, e.seq, e.type, e.data
  from unnest($1::uuid[], $2::uuid[], $3::int[]) as w(workspace_id, run_id, after)
  left join lateral (select status from run where id = w.run_id and workspace_id = w.workspace_id offset 0) r on true
  left join lateral (
    select seq, type, data::text as data from run_event
    where run_id = w.run_id and workspace_id = w.workspace_id and seq > w.after order by seq limit ${pageSize}) e on true
  order by w.run_id, e.seq`;

/** Reads the logs of many runs in one statement; every wanted run has its place in the result. */
export type ReadEvents = (wanted: readonly Wanted[]) => Promise<Map<string, Found>>;

export const createEventReader = (database: Database): ReadEvents => {
  const read = database.prepared<Row>('run-events-of-many', readText);
  return async (wanted) => {
    const rows = await read(null, [
      wanted.map((one) => one.workspaceId),
      wanted.map((one) => one.runId),
      wanted.map((one) => one.after),
    ]);
    const found = new Map<string, Found & { frames: Frame[] }>();
    for (const row of rows) {
      let one = found.get(row.run_id);
      if (!one) {
        const state = row.status === null ? 'missing' : isEnded(row.status) ? 'ended' : 'open';
        found.set(row.run_id, (one = { frames: [], state }));
      }
      if (row.seq !== null)
        one.frames.push({ seq: row.seq, type: row.type, text: eventFrame(row.seq, row.type, row.data) });
    }
    return found;
  };
};
