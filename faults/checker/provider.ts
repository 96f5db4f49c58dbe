import { isDeepStrictEqual } from 'node:util';
import { fakeText } from '../../server/src/testing/fake-model.ts';
import { answers, textOf, type Evidence, type Invariant, type ProviderCall, type ShownRun } from './evidence.ts';
import { endOf } from './log.ts';

const callsFor = (evidence: Evidence, question: string): ProviderCall[] =>
  evidence.calls.filter((call) => call.question.endsWith(question));

/** An answer is a beginning of what the provider said; `completed` only when it said its end. */
export const answersAreTheProviders: Invariant = (evidence) => {
  const faults: string[] = [];
  for (const { question, answer, run } of answers(evidence)) {
    const calls = callsFor(evidence, textOf(question));
    const text = textOf(answer);
    const most = Math.max(0, ...calls.map(({ wordsSent }) => wordsSent));
    if (!fakeText(most).startsWith(text))
      faults.push(`${run.id}: its text is no beginning of the ${most} words that the provider sent`);
    if (run.status !== 'completed') continue;
    if (!calls.some((call) => call.complete && fakeText(call.wordsSent) === text))
      faults.push(`${run.id}: completed, and the provider never said so of this text`);
  }
  return faults;
};

/** A call is on record before it is made: the first one by the begin of the run, others as steps in its log. */
const recordedCalls = (evidence: Evidence, run: ShownRun): number => {
  const steps = (evidence.logs.get(run.id) ?? []).filter(({ type }) => type === 'step-start').length;
  return Math.max(1, steps, run.attempts.filter(({ called }) => called).length);
};

/** No call of a provider is off the record; one on record may have been lost on its way. */
export const callsAreAttempts: Invariant = (evidence) => {
  const faults: string[] = [];
  const groups = Map.groupBy(answers(evidence), ({ question }) => textOf(question));
  for (const [question, group] of groups) {
    const calls = callsFor(evidence, question).length;
    const recorded = group.reduce((sum, { run }) => sum + recordedCalls(evidence, run), 0);
    const completed = group.filter(({ run }) => run.status === 'completed').length;
    const runs = group.map(({ run }) => run.id).join(', ');
    if (calls > recorded) faults.push(`${runs}: ${calls} calls of the provider, ${recorded} on record`);
    if (calls < completed) faults.push(`${runs}: ${completed} completed with ${calls} calls of the provider`);
  }
  return faults;
};

/** Usage is what the provider reported, once: in the log, at its end and at the run. */
export const usageIsReportedOnce: Invariant = (evidence) => {
  const faults: string[] = [];
  for (const { question, run } of answers(evidence)) {
    const rows = evidence.logs.get(run.id) ?? [];
    const reports = rows.filter(({ type }) => type === 'usage');
    const attempts = recordedCalls(evidence, run);
    if (reports.length > attempts) faults.push(`${run.id}: ${reports.length} usage events in ${attempts} attempts`);
    if (!isDeepStrictEqual(endOf(rows)?.usage ?? null, run.usage))
      faults.push(`${run.id}: run-end and run differ in usage`);
    if (run.status === 'completed' && reports.length === 0) faults.push(`${run.id}: completed without usage`);
    if (!run.usage) continue;
    const { inputTokens, outputTokens } = run.usage;
    const matches = callsFor(evidence, textOf(question)).some(
      (call) => call.complete && call.inputTokens === inputTokens && call.wordsSent === outputTokens,
    );
    if (!matches) faults.push(`${run.id}: usage ${inputTokens}/${outputTokens} is not what the provider reported`);
  }
  return faults;
};
