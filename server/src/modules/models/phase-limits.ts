import { ProviderError, type PhaseLimits } from './provider.ts';

/** Watches the phases after the connection with a single timer that is moved as rarely as possible. */
export interface PhaseWatch {
  /** Something of the answer arrived. Cheap: called for every piece that is read. */
  progress(): void;
  /** We ourselves stopped reading: silence is not the provider's fault now. */
  paused(): void;
  resumed(): void;
  /** The answer is complete; only the end of the body may still take `milliseconds`. */
  finishing(milliseconds: number): void;
  stop(): void;
}

const seconds = (milliseconds: number): string => `${Math.round(milliseconds / 100) / 10} s`;

/** The error of a phase that took too long. */
export const phaseTimeout = (phase: keyof PhaseLimits, milliseconds: number, title: string): ProviderError => {
  const what = {
    connectMs: `${title} could not be reached within ${seconds(milliseconds)} (connect). Check the address in Settings → Models and the network.`,
    firstTokenMs: `${title} sent no first word within ${seconds(milliseconds)} (first token). Try again, or choose another model.`,
    idleMs: `${title} stopped sending for ${seconds(milliseconds)} in the middle of the answer (idle). Try again.`,
    totalMs: `The answer of ${title} took longer than ${seconds(milliseconds)} in all (total). Ask for less or try again.`,
  };
  return new ProviderError('upstream_timeout', what[phase], { phase });
};

/**
 * Begins with the first-token phase; `startedAt` (performance.now()) is where the total counts from.
 * `onTimeout` is called once at most, with null when only the end of a finished answer was awaited.
 */
export const watchPhases = (
  limits: PhaseLimits,
  title: string,
  startedAt: number,
  onTimeout: (error: ProviderError | null) => void,
): PhaseWatch => {
  let phase: 'firstTokenMs' | 'idleMs' | 'finishing' = 'firstTokenMs';
  let limit = limits.firstTokenMs;
  let since = performance.now();
  let held = false;
  let timer: NodeJS.Timeout | null = null;
  let firesAt = Infinity;

  const due = (): number => {
    const end = startedAt + limits.totalMs;
    return held ? end : Math.min(end, since + limit);
  };
  const arm = (): void => {
    const at = due();
    // A timer that fires too early only looks and waits on, so it is moved only when it would be too late.
    if (at >= firesAt) return;
    if (timer) clearTimeout(timer);
    firesAt = at;
    timer = setTimeout(look, Math.max(1, Math.ceil(at - performance.now())));
  };
  const look = (): void => {
    timer = null;
    firesAt = Infinity;
    const now = performance.now();
    if (now < due()) return arm();
    if (phase === 'finishing') return onTimeout(null);
    const inPhase = !held && now >= since + limit;
    onTimeout(inPhase ? phaseTimeout(phase, limit, title) : phaseTimeout('totalMs', limits.totalMs, title));
  };
  const enter = (next: typeof phase, milliseconds: number): void => {
    phase = next;
    limit = milliseconds;
    since = performance.now();
    arm();
  };

  arm();
  return {
    progress: () => {
      if (phase === 'idleMs') since = performance.now();
      else if (phase !== 'finishing') enter('idleMs', limits.idleMs);
    },
    paused: () => {
      held = true;
    },
    resumed: () => {
      held = false;
      since = performance.now();
      arm();
    },
    finishing: (milliseconds) => {
      held = false;
      enter('finishing', milliseconds);
    },
    stop: () => {
      if (timer) clearTimeout(timer);
      timer = null;
      firesAt = -Infinity;
    },
  };
};
