import { median, ratioTo, type Findings, type Series } from './series.ts';

const yardstick = 'pass-through';

const format = (value: number): string => {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
};

const cellsOf = (series: Series, all: readonly Series[]): string[] => {
  const { measure, unit, target, values } = series;
  const reference = all.find((one) => one.measure === measure && one.target === yardstick);
  const ratio = reference && target !== yardstick ? format(ratioTo(values, reference.values)) : '';
  const range = values.length > 1 ? `${format(Math.min(...values))}–${format(Math.max(...values))}` : '';
  return [unit === '' ? measure : `${measure} (${unit})`, target, format(median(values)), range, ratio];
};

const layOut = (rows: readonly string[][]): string => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const padded = rows.map((row) =>
    line(row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))),
  );
  const rule = line(widths.map((width, column) => (column < 2 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)));
  return [padded[0], rule, ...padded.slice(1)].join('\n');
};

/** The results as Markdown: errors first, then a row for each measure and target. */
export const printTable = (record: Findings): string => {
  const series = record.series();
  const counts = [...record.chats()].map(([target, { chats, errors }]) => [target, '', String(chats), String(errors)]);
  const errors = layOut([['target', '', 'chats', 'errors'], ...counts].map(([name, , ...rest]) => [name!, ...rest]));
  const measures = [...Map.groupBy(series, ({ measure }) => measure).values()].flat();
  const rows = measures.map((one) => cellsOf(one, series));
  const faults = record.faults().map((fault) => `- ${fault}`);
  return [
    errors,
    ...(faults.length > 0 ? [faults.join('\n')] : []),
    layOut([['measure', 'target', 'median', 'range', `× ${yardstick}`], ...rows]),
  ].join('\n\n');
};
