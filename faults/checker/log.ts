import { createHash } from 'node:crypto';
import { answers, entriesOf, textOf, textOfLog, type Invariant, type LogRow } from './evidence.ts';

const endings = new Set(['completed', 'stopped', 'failed', 'interrupted']);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

interface RunEnd {
  status: string;
  finalSeq: number;
  textSha256: string;
  usage: unknown;
}

export const endOf = (rows: readonly LogRow[]): RunEnd | null => {
  const last = rows.at(-1);
  return last?.type === 'run-end' ? (JSON.parse(last.data) as RunEnd) : null;
};

/** Events are numbered from 1 without a gap, begin with run-start and end with the one run-end. */
export const logsAreDense: Invariant = ({ logs }) => {
  const faults: string[] = [];
  for (const [run, rows] of logs) {
    const wrong = rows.find((row, index) => row.seq !== index + 1);
    if (wrong) faults.push(`${run}: event ${wrong.seq} stands at place ${rows.indexOf(wrong) + 1}`);
    if (rows[0]?.type !== 'run-start') faults.push(`${run}: begins with ${rows[0]?.type ?? 'nothing'}`);
    const ends = rows.filter(({ type }) => type === 'run-end').length;
    if (ends !== 1) faults.push(`${run}: has ${ends} run-end events`);
    const end = endOf(rows);
    if (!end) faults.push(`${run}: ends with ${rows.at(-1)?.type ?? 'nothing'}`);
    else if (end.finalSeq !== rows.length) faults.push(`${run}: finalSeq ${end.finalSeq} of ${rows.length} events`);
  }
  return faults;
};

/** The deltas of the log are the message, and the hashes prove it. */
export const logIsTheMessage: Invariant = (evidence) => {
  const faults: string[] = [];
  for (const { answer, run } of answers(evidence)) {
    const rows = evidence.logs.get(run.id);
    if (!rows) {
      faults.push(`${run.id}: has no log`);
      continue;
    }
    const text = textOfLog(rows);
    if (text !== textOf(answer))
      faults.push(`${run.id}: log says ${text.length} characters, message ${textOf(answer).length}`);
    const end = endOf(rows);
    if (end && end.textSha256 !== sha256(text)) faults.push(`${run.id}: textSha256 of run-end is of another text`);
    if (run.textSha256 !== null && run.textSha256 !== sha256(text))
      faults.push(`${run.id}: textSha256 of the run is of another text`);
    if (end && end.status !== run.status) faults.push(`${run.id}: is ${run.status}, its log says ${end.status}`);
  }
  return faults;
};

/** Every run comes to an end, and in time once the fault is over. */
export const runsEnd: Invariant = (evidence) => [
  ...entriesOf(evidence, 'never-ended').map(
    ({ run, status }) => `${run}: still ${status} long after everything was healed`,
  ),
  ...answers(evidence)
    .filter(({ run }) => !endings.has(run.status))
    .map(({ run }) => `${run.id}: is ${run.status}`),
];

/** Whoever was told that a run exists finds it. */
export const ackedRunsExist: Invariant = (evidence) => {
  const known = new Set(answers(evidence).map(({ run }) => run.id));
  return [...new Set(entriesOf(evidence, 'sent').map(({ run }) => run))]
    .filter((run) => !known.has(run))
    .map((run) => `${run}: acknowledged, and nowhere to be found`);
};
