import { entriesOf, type Evidence, type Invariant } from './evidence.ts';
import { ackedRunsExist, logIsTheMessage, logsAreDense, runsEnd } from './log.ts';
import { answersAreTheProviders, callsAreAttempts, usageIsReportedOnce } from './provider.ts';
import { ackedQuestionsAreKept, keysCreateOnce, nodesAgree, orderIsKept } from './questions.ts';
import { viewersSawTheEnd, viewersSawTheLog } from './viewers.ts';

export interface Violation {
  invariant: string;
  what: string;
}

/** Whatever holds in every scenario, by the name under which a violation is reported. */
export const invariants: Record<string, Invariant> = {
  'acked questions are kept, once and to the byte': ackedQuestionsAreKept,
  'a key creates once': keysCreateOnce,
  'order is kept': orderIsKept,
  'nodes agree': nodesAgree,
  'acked runs exist': ackedRunsExist,
  'logs are dense': logsAreDense,
  'the log is the message': logIsTheMessage,
  'runs end': runsEnd,
  'viewers saw the log': viewersSawTheLog,
  'viewers saw the end': viewersSawTheEnd,
  'answers are what the provider said': answersAreTheProviders,
  'calls are attempts': callsAreAttempts,
  'usage is reported once': usageIsReportedOnce,
  'processes live': ({ deaths }) => [...deaths],
  'promises of the scenario': (evidence) => entriesOf(evidence, 'broken-promise').map(({ what }) => what),
};

/** Judges what happened; nothing is asked and nothing is changed. */
export const check = (evidence: Evidence): Violation[] =>
  Object.entries(invariants).flatMap(([invariant, holds]) => holds(evidence).map((what) => ({ invariant, what })));
