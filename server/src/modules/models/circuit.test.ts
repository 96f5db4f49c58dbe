import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCircuit, type CallOutcome, type CircuitState } from './circuit.ts';

const rules = { failures: 3, pauseMs: 1000, longestPauseMs: 8000 };

const circuitAt = (random = 0) => {
  const time = { now: 0 };
  const changes: [CircuitState, number][] = [];
  const circuit = createCircuit({
    rules,
    now: () => time.now,
    random: () => random,
    changed: (state, pauseMs) => changes.push([state, pauseMs]),
  });
  const call = (outcome: CallOutcome): void => circuit.enter().ended(outcome);
  return { time, changes, circuit, call };
};

describe('a circuit', () => {
  test('opens after failures in a row only', () => {
    const { circuit, call, changes } = circuitAt();
    for (const outcome of ['outage', 'outage', 'alive', 'outage', 'outage', 'unknown'] as const) call(outcome);
    expect(circuit.refusedForMs()).toBe(0);
    call('outage');
    expect(circuit.state()).toBe('open');
    expect(circuit.refusedForMs()).toBe(1000);
    expect(changes).toEqual([['open', 1000]]);
  });

  test('lets one probe pass after the pause, and closes when it finds life', () => {
    const { time, circuit, call, changes } = circuitAt();
    for (let i = 0; i < 3; i += 1) call('outage');
    time.now = 999;
    expect(circuit.refusedForMs()).toBe(1);
    time.now = 1000;
    expect(circuit.refusedForMs()).toBe(0);
    const probe = circuit.enter();
    expect(probe.isProbe).toBe(true);
    expect(circuit.refusedForMs()).toBeGreaterThan(0);
    probe.ended('alive');
    expect(circuit.refusedForMs()).toBe(0);
    probe.ended('outage');
    expect(circuit.state()).toBe('closed');
    expect(changes.map(([state]) => state)).toEqual(['open', 'half_open', 'closed']);
  });

  test('pauses twice as long after each failed probe, up to a limit, and begins anew once it worked', () => {
    const { time, circuit, call, changes } = circuitAt();
    for (let i = 0; i < 3; i += 1) call('outage');
    for (let i = 0; i < 5; i += 1) {
      time.now += circuit.refusedForMs();
      call('outage');
    }
    const pauses = () => changes.filter(([state]) => state === 'open').map(([, pause]) => pause);
    expect(pauses()).toEqual([1000, 2000, 4000, 8000, 8000, 8000]);
    time.now += 8000;
    call('alive');
    for (let i = 0; i < 3; i += 1) call('outage');
    expect(pauses().at(-1)).toBe(1000);
  });

  test('jitters the pause between half of it and all of it', () => {
    for (const [random, pause] of [
      [0, 1000],
      [0.5, 750],
      [1, 500],
    ] as const) {
      const { call, changes } = circuitAt(random);
      for (let i = 0; i < 3; i += 1) call('outage');
      expect(changes).toEqual([['open', pause]]);
    }
  });

  test('gives the probe to the next call when the first one tells nothing', () => {
    const { time, circuit, call } = circuitAt();
    for (let i = 0; i < 3; i += 1) call('outage');
    time.now = 1000;
    call('unknown');
    expect(circuit.refusedForMs()).toBe(0);
    expect(circuit.enter().isProbe).toBe(true);
  });

  test('does not believe calls that began before it opened', () => {
    const { circuit, call } = circuitAt();
    const early = [circuit.enter(), circuit.enter()];
    for (let i = 0; i < 3; i += 1) call('outage');
    early[0]!.ended('alive');
    early[1]!.ended('outage');
    expect(circuit.state()).toBe('open');
    expect(circuit.refusedForMs()).toBe(1000);
  });

  test('never lets two probes pass at once, whatever happens', () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant('call' as const) }),
      fc.record({
        kind: fc.constant('end' as const),
        at: fc.nat(),
        outcome: fc.constantFrom<CallOutcome>('alive', 'outage', 'outage', 'unknown'),
      }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 3000 }) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
        const { time, circuit } = circuitAt(0.3);
        const under: ReturnType<typeof circuit.enter>[] = [];
        for (const act of actions) {
          if (act.kind === 'wait') time.now += act.ms;
          else if (act.kind === 'call') {
            if (circuit.refusedForMs() === 0) under.push(circuit.enter());
          } else if (under.length > 0) under.splice(act.at % under.length, 1)[0]!.ended(act.outcome);
          expect(under.filter(({ isProbe }) => isProbe).length).toBeLessThan(2);
        }
      }),
      { numRuns: 500 },
    );
  });
});
