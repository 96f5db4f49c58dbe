import { ProviderError, type ModelUnavailable } from '../models/index.ts';

export interface RetryRules {
  /** Until the first word, over all attempts and models. */
  deadlineMs: number;
  /** How often one model is asked. */
  attempts: number;
  /** Longest pause before the second attempt; doubles with each further one. */
  pauseMs: number;
}

/** What to do after a model failed without a word. */
export interface NextStep {
  kind: 'retry' | 'fallback';
  waitMs: number;
}

// Nobody waits longer than this while another model could answer.
const longestPauseMs = 10_000;

// It may work with the same model a little later.
const passing = new Set(['upstream_rate_limited', 'upstream_overloaded', 'upstream_unavailable', 'upstream_cut']);
// The request itself is the fault, and it would be the same with another model.
const final = new Set(['upstream_refused', 'aborted']);

const mayPass = (fault: ProviderError): boolean =>
  // A model that was silent until its limit took most of the time there is: another one is the better hope.
  passing.has(fault.code) || (fault.code === 'upstream_timeout' && fault.phase === 'connectMs');

/** Whether to ask the same model again, and when, or the next one; null when neither helps or the time is over. */
export const nextStep = (
  fault: ProviderError | ModelUnavailable,
  rules: RetryRules,
  now: { tries: number; leftMs: number; hasOther: boolean; random(): number },
): NextStep | null => {
  const { tries, leftMs, hasOther, random } = now;
  if (final.has(fault.code) || leftMs <= 0) return null;
  if (fault instanceof ProviderError && fault.phase === 'totalMs') return null;
  if (fault instanceof ProviderError && fault.sent && mayPass(fault) && tries < rules.attempts) {
    const asks = fault.retryAfterMs;
    // Full jitter, so that those who failed together do not come back together.
    const waitMs =
      asks === null
        ? random() * Math.min(longestPauseMs, rules.pauseMs * 2 ** (tries - 1))
        : asks + random() * rules.pauseMs;
    if (waitMs < leftMs && !(hasOther && waitMs > longestPauseMs)) return { kind: 'retry', waitMs };
  }
  return hasOther ? { kind: 'fallback', waitMs: 0 } : null;
};
