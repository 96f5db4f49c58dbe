/** Times of a circuit, in milliseconds of a clock that never jumps. */
export interface CircuitRules {
  /** Failures in a row, of all calls together, that open it. */
  failures: number;
  /** The first pause; each probe that fails doubles it, up to `longestPauseMs`. */
  pauseMs: number;
  longestPauseMs: number;
}

export type CircuitState = 'closed' | 'open' | 'half_open';

/** How one call of the provider went: it was of use, its service is down, or that cannot be told. */
export type CallOutcome = 'alive' | 'outage' | 'unknown';

/** Keeps calls from a provider that is down, and asks it now and then whether it is back. */
export interface Circuit {
  state(): CircuitState;
  /** Milliseconds until a call may pass; 0 when one may now. */
  refusedForMs(): number;
  /** Lets a call pass; it must be told once how it went. */
  enter(): { isProbe: boolean; ended(outcome: CallOutcome): void };
}

// While a probe is under way nobody knows how long it takes.
const probeWaitMs = 1_000;

export const createCircuit = (options: {
  rules: CircuitRules;
  now(): number;
  random(): number;
  /** Told of each change, with the pause when it opened. */
  changed(state: CircuitState, pauseMs: number): void;
}): Circuit => {
  const { rules, now, random, changed } = options;
  let state: CircuitState = 'closed';
  let failures = 0;
  let openings = 0;
  let opensAt = 0;
  let probing = false;

  const open = (): void => {
    const longest = Math.min(rules.longestPauseMs, rules.pauseMs * 2 ** openings);
    // Half of it at random, so that many processes do not come back together.
    const pauseMs = Math.round(longest * (1 - random() / 2));
    openings += 1;
    opensAt = now() + pauseMs;
    state = 'open';
    changed(state, pauseMs);
  };
  const close = (): void => {
    state = 'closed';
    failures = 0;
    openings = 0;
    changed(state, 0);
  };

  const probed = (outcome: CallOutcome): void => {
    probing = false;
    if (outcome === 'alive') close();
    else if (outcome === 'outage') open();
  };
  const called = (outcome: CallOutcome): void => {
    // A call from before it opened says nothing about now.
    if (state !== 'closed') return;
    if (outcome === 'alive') failures = 0;
    if (outcome !== 'outage') return;
    failures += 1;
    if (failures >= rules.failures) open();
  };

  return {
    state: () => state,
    refusedForMs: () => {
      if (state === 'closed') return 0;
      if (probing) return probeWaitMs;
      return state === 'open' ? Math.max(0, opensAt - now()) : 0;
    },
    enter: () => {
      const isProbe = state !== 'closed';
      if (isProbe) {
        probing = true;
        if (state === 'open') {
          state = 'half_open';
          changed(state, 0);
        }
      }
      let told = false;
      return {
        isProbe,
        ended: (outcome) => {
          if (told) return;
          told = true;
          if (isProbe) probed(outcome);
          else called(outcome);
        },
      };
    },
  };
};
