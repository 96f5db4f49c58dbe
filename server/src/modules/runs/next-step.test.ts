import { describe, expect, test } from 'vitest';
import { ModelUnavailable, ProviderError } from '../models/index.ts';
import { nextStep } from './next-step.ts';

const rules = { deadlineMs: 60_000, attempts: 3, pauseMs: 500 };
const now = { tries: 1, leftMs: 60_000, hasOther: false, random: () => 1 };
type Code = ConstructorParameters<typeof ProviderError>[0];
const fault = (code: Code, extras: ConstructorParameters<typeof ProviderError>[2] = {}) =>
  new ProviderError(code, 'x', extras);

describe('after a model failed without a word', () => {
  test.each([
    ['upstream_rate_limited', {}, 'retry', 'retry'],
    ['upstream_overloaded', {}, 'retry', 'retry'],
    ['upstream_unavailable', {}, 'retry', 'retry'],
    ['upstream_cut', {}, 'retry', 'retry'],
    ['upstream_timeout', { phase: 'connectMs' }, 'retry', 'retry'],
    ['upstream_timeout', { phase: 'firstTokenMs' }, null, 'fallback'],
    ['upstream_timeout', { phase: 'totalMs' }, null, null],
    ['upstream_unavailable', { sent: false }, null, 'fallback'],
    ['upstream_busy', { sent: false }, null, 'fallback'],
    ['upstream_unauthorized', {}, null, 'fallback'],
    ['upstream_not_found', {}, null, 'fallback'],
    ['upstream_quota', {}, null, 'fallback'],
    ['upstream_protocol', {}, null, 'fallback'],
    ['upstream_address', {}, null, 'fallback'],
    ['upstream_refused', {}, null, null],
    ['aborted', {}, null, null],
  ] as const)('%s %j: alone %s, with another model %s', (code, extras, alone, withOther) => {
    expect(nextStep(fault(code, extras), rules, now)?.kind ?? null).toBe(alone);
    expect(nextStep(fault(code, extras), rules, { ...now, hasOther: true })?.kind ?? null).toBe(withOther);
  });

  test.each(['provider_missing', 'key_missing', 'model_missing'] as const)('%s: the next model', (code) => {
    expect(nextStep(new ModelUnavailable(code, 'x'), rules, now)).toBeNull();
    expect(nextStep(new ModelUnavailable(code, 'x'), rules, { ...now, hasOther: true })).toEqual({
      kind: 'fallback',
      waitMs: 0,
    });
  });

  test('waits twice as long each time, anything from nothing to all of it, and never over ten seconds', () => {
    const many = { ...rules, attempts: 100 };
    const waits = (random: number) =>
      [1, 2, 3, 9].map(
        (tries) => nextStep(fault('upstream_overloaded'), many, { ...now, tries, random: () => random })?.waitMs,
      );
    expect(waits(1)).toEqual([500, 1000, 2000, 10_000]);
    expect(waits(0.5)).toEqual([250, 500, 1000, 5000]);
    expect(waits(0)).toEqual([0, 0, 0, 0]);
  });

  test('asks no model more often than allowed', () => {
    const last = { ...now, tries: 3 };
    expect(nextStep(fault('upstream_overloaded'), rules, last)).toBeNull();
    expect(nextStep(fault('upstream_overloaded'), rules, { ...last, hasOther: true })?.kind).toBe('fallback');
  });

  test('never comes back sooner than the provider asks', () => {
    const asked = fault('upstream_rate_limited', { retryAfterMs: 7000 });
    expect(nextStep(asked, rules, { ...now, random: () => 0 })).toEqual({ kind: 'retry', waitMs: 7000 });
    expect(nextStep(asked, rules, now)).toEqual({ kind: 'retry', waitMs: 7500 });
    expect(nextStep(fault('upstream_rate_limited', { retryAfterMs: 0 }), rules, now)?.waitMs).toBe(500);
  });

  test('does not wait beyond the deadline, nor long while another model could answer', () => {
    const asked = fault('upstream_rate_limited', { retryAfterMs: 30_000 });
    expect(nextStep(asked, rules, now)?.kind).toBe('retry');
    expect(nextStep(asked, rules, { ...now, leftMs: 20_000 })).toBeNull();
    expect(nextStep(asked, rules, { ...now, hasOther: true })?.kind).toBe('fallback');
    expect(nextStep(fault('upstream_unauthorized'), rules, { ...now, hasOther: true, leftMs: 0 })).toBeNull();
  });
});
