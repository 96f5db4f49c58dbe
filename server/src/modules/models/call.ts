import type { Telemetry } from '../../platform/telemetry.ts';
import type { CallOutcome } from './circuit.ts';
import type { Credential } from './credentials.ts';
import { ProviderError, type ModelRequest, type ModelSink, type PhaseLimits, type StopReason } from './provider.ts';
import { abortedError } from './providers/upstream-errors.ts';
import type { ResolvedModel } from './resolve.ts';

export interface CallOptions {
  signal: AbortSignal;
  limits: PhaseLimits;
  /** Told when the call has to wait for others with the same credential. */
  onWait(): void;
}

const outageCodes = new Set(['upstream_unavailable', 'upstream_overloaded', 'upstream_timeout', 'upstream_cut']);

const outcomeOf = (error: unknown): CallOutcome => {
  if (!(error instanceof ProviderError) || !error.sent || error.code === 'aborted') return 'unknown';
  if (error.phase === 'totalMs') return 'alive';
  // Whoever refuses a request is there to refuse it.
  return outageCodes.has(error.code) ? 'outage' : 'alive';
};

const refuseWhileOpen = ({ circuit }: Credential, providerName: string): void => {
  const retryAfterMs = circuit.refusedForMs();
  if (retryAfterMs === 0) return;
  const seconds = Math.ceil(retryAfterMs / 1000);
  throw new ProviderError(
    'upstream_unavailable',
    `${providerName} failed again and again, so it is not asked just now. The next try is possible in ${seconds} s.`,
    { retryAfterMs, sent: false },
  );
};

const waitInLine = async ({ slots }: Credential, providerName: string, options: CallOptions): Promise<void> => {
  const { signal, limits } = options;
  options.onWait();
  try {
    await slots.wait(AbortSignal.any([signal, AbortSignal.timeout(limits.firstTokenMs)]));
  } catch {
    if (signal.aborted) throw abortedError();
    throw new ProviderError(
      'upstream_busy',
      `So many answers of ${providerName} are being written that this one could not begin. Try again a little later.`,
      { sent: false },
    );
  }
};

/** Says at the first piece of the answer that the provider is back, not only at its end. */
const tellingSink = (sink: ModelSink, alive: () => void): ModelSink => ({
  ...sink,
  text: (delta) => {
    alive();
    sink.text(delta);
  },
  reasoning: (delta) => {
    alive();
    sink.reasoning(delta);
  },
});

/** Calls models as their credentials allow: so many at once, and none while the provider is known to be down. */
export const createModelCall =
  (telemetry: Pick<Telemetry, 'modelCallsRunning' | 'modelCallsWaiting'>) =>
  async (model: ResolvedModel, request: ModelRequest, sink: ModelSink, options: CallOptions): Promise<StopReason> => {
    const { credential, provider, providerName, settings } = model;
    if (credential === null) return provider.stream(settings, request, sink, options);
    const { circuit, slots } = credential;
    refuseWhileOpen(credential, providerName);
    let { limits } = options;
    if (slots.isFull()) {
      const began = performance.now();
      telemetry.modelCallsWaiting.inc();
      await waitInLine(credential, providerName, options).finally(() => telemetry.modelCallsWaiting.dec());
      const waited = performance.now() - began;
      limits = { ...limits, firstTokenMs: Math.max(1, limits.firstTokenMs - waited) };
    } else slots.take();
    telemetry.modelCallsRunning.inc();
    try {
      // The provider may have failed others while this one waited.
      refuseWhileOpen(credential, providerName);
      const pass = circuit.enter();
      const told = pass.isProbe ? tellingSink(sink, () => pass.ended('alive')) : sink;
      try {
        const reason = await provider.stream(settings, request, told, { signal: options.signal, limits });
        pass.ended('alive');
        return reason;
      } catch (error) {
        pass.ended(outcomeOf(error));
        throw error;
      }
    } finally {
      telemetry.modelCallsRunning.dec();
      slots.release();
    }
  };

export type ModelCall = ReturnType<typeof createModelCall>;
