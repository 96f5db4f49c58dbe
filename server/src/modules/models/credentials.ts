import { sha256Hex } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { createCircuit, type Circuit } from './circuit.ts';
import type { ProviderSettings } from './provider.ts';
import { createSlots, type Slots } from './slots.ts';

/** What this process knows about a credential of a workspace besides the key itself: whether it works, and how busy it is. */
export interface Credential {
  circuit: Circuit;
  slots: Slots;
}

export interface CallRules {
  /** Calls that one credential may have under way at once; more wait in line. */
  concurrency: number;
  circuitFailures: number;
  circuitPauseMs: number;
}

const knownAtMost = 10_000;
const longestPauses = 60;

/**
 * One circuit and one line for each credential. Another key or address is another credential, so changing either begins
 * anew; the same key in two workspaces is two, so that no tenant notices another's outage.
 */
export const createCredentials = (deps: {
  rules: CallRules;
  log: Logger;
  telemetry: Pick<Telemetry, 'circuitChanges'>;
  now?: () => number;
  random?: () => number;
}) => {
  const { rules, log, telemetry, now = () => performance.now(), random = Math.random } = deps;
  const known = new Map<string, Credential>();
  /** Keys of those whose circuit was open when it last changed. */
  const failing = new Set<string>();

  const create = (key: string, workspaceId: string, providerId: string): Credential => ({
    circuit: createCircuit({
      rules: {
        failures: rules.circuitFailures,
        pauseMs: rules.circuitPauseMs,
        longestPauseMs: rules.circuitPauseMs * longestPauses,
      },
      now,
      random,
      changed: (state, pauseMs) => {
        telemetry.circuitChanges.inc({ to: state });
        if (state === 'closed') failing.delete(key);
        else failing.add(key);
        const facts = { workspaceId, providerId, state, pauseMs };
        if (state === 'open') log.warn(facts, 'provider keeps failing: not asked until the pause is over');
        else log.info(facts, state === 'closed' ? 'provider works again' : 'provider is tried with one call');
      },
    }),
    slots: createSlots(rules.concurrency),
  });

  return {
    of(workspaceId: string, providerId: string, { baseUrl, apiKey }: ProviderSettings): Credential {
      const key = `${workspaceId} ${providerId} ${sha256Hex(JSON.stringify([baseUrl, apiKey]))}`;
      const credential = known.get(key) ?? create(key, workspaceId, providerId);
      // Last in order is what was used last; the first is forgotten when there are too many.
      known.delete(key);
      known.set(key, credential);
      if (known.size > knownAtMost) {
        const oldest = known.keys().next().value!;
        known.delete(oldest);
        failing.delete(oldest);
      }
      return credential;
    },
    size: (): number => known.size,
    /** How many kept failing when they were last asked. */
    failing: (): number => failing.size,
  };
};

export type Credentials = ReturnType<typeof createCredentials>;
