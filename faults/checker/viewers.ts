import { entriesOf, type Invariant } from './evidence.ts';

/** Each viewer got the log's events in order, each once, to the letter, over however many connections. */
export const viewersSawTheLog: Invariant = (evidence) => {
  const faults: string[] = [];
  const starts = new Map<string, number>();
  for (const { viewer, after } of entriesOf(evidence, 'view')) if (!starts.has(viewer)) starts.set(viewer, after);
  for (const [viewer, seen] of Map.groupBy(entriesOf(evidence, 'seen'), (entry) => entry.viewer)) {
    const { run } = seen[0]!;
    const log = evidence.logs.get(run) ?? [];
    let expected = (starts.get(viewer) ?? 0) + 1;
    for (const { seq, type, data } of seen) {
      const row = log[seq - 1];
      if (seq !== expected) faults.push(`${viewer} of ${run}: event ${seq} came where ${expected} was due`);
      else if (!row) faults.push(`${viewer} of ${run}: saw event ${seq} (${type}), which the log does not have`);
      else if (row.type !== type || row.data !== data)
        faults.push(`${viewer} of ${run}: event ${seq} is ${type} ${data}, in the log ${row.type} ${row.data}`);
      expected = seq + 1;
    }
  }
  return faults;
};

/** Who did not leave has seen the end. */
export const viewersSawTheEnd: Invariant = (evidence) => {
  const done = new Set(
    [...entriesOf(evidence, 'viewed'), ...entriesOf(evidence, 'view-left')].map(({ viewer }) => viewer),
  );
  const refused = entriesOf(evidence, 'view-refused');
  const away = new Set(refused.map(({ viewer }) => viewer));
  const waiting = new Set(entriesOf(evidence, 'view').map(({ viewer }) => viewer));
  return [
    ...[...waiting]
      .filter((viewer) => !done.has(viewer) && !away.has(viewer))
      .map((viewer) => `${viewer}: never saw the end`),
    ...refused.map(({ viewer, run, status, after }) => `${viewer} of ${run}: refused with ${status} after ${after}`),
  ];
};
