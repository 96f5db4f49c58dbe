import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import {
  ModelUnavailable,
  ProviderError,
  type ModelRef,
  type ModelRequest,
  type ModelSink,
  type Models,
  type PhaseLimits,
  type ResolvedModel,
  type StopReason,
  type Usage,
} from '../models/index.ts';
import { nextStep, type NextStep, type RetryRules } from './next-step.ts';
import type { RunEventData } from './run-event.ts';

/** A model that may answer, and whose key pays; null stands for that workspace's default. */
export interface ModelChoice {
  workspaceId: string;
  model: ModelRef | null;
}

/** One time that a model was to answer, as the run keeps it. */
export interface RunAttempt {
  /** Null with the name of the model when not even the default model could be found. */
  providerId: string | null;
  providerName: string | null;
  model: string | null;
  /** False when the provider was not asked at all: it is gone, without a key, known to be down, or too busy. */
  called: boolean;
  /** Why it failed; null when it answered to the end. */
  code: string | null;
  startedAt: string;
  firstTokenMs: number | null;
  durationMs: number;
  /** What the provider reported for this call. */
  usage: Usage | null;
}

export interface Asked {
  runId: string;
  /** In the order in which they are asked. */
  choices: readonly ModelChoice[];
  request: Omit<ModelRequest, 'model'>;
  sink: Omit<ModelSink, 'usage'>;
  signal: AbortSignal;
  /** When the first piece of an answer came (performance.now()); from then on nothing is asked again. */
  firstPieceAt(): number | null;
  /** Filled as it goes, so that it holds what was tried however the run ends. */
  attempts: RunAttempt[];
  /** The model is called when this has resolved: a call that nobody knows of must not be. */
  begins(step: RunEventData['step-start']): Promise<void>;
  notice(notice: RunEventData['notice']): void;
}

/** `ECONNRESET` and the like, at the bottom of what an error was caused by; the words in between may quote a message. */
const networkCode = (error: unknown): string | null => {
  if (!(error instanceof Error)) return null;
  const { code } = error as NodeJS.ErrnoException;
  return networkCode(error.cause) ?? (typeof code === 'string' && /^[A-Z_]+$/.test(code) ? code : null);
};

/** Asks a model, again when that may help, then the next one of the list; all under one deadline for the first word. */
export const createAsking = (deps: {
  models: Pick<Models, 'resolve' | 'call'>;
  limits: PhaseLimits;
  rules: RetryRules;
  clock: Clock;
  log: Logger;
  telemetry: Pick<Telemetry, 'upstreamFaults'>;
  random?: () => number;
}) => {
  const { models, limits, rules, clock, log, telemetry, random = Math.random } = deps;

  /** Limits of a call that begins `spentMs` after the first one did. */
  const limitsAfter = (spentMs: number): PhaseLimits => {
    const first = Math.max(1, Math.min(limits.firstTokenMs, rules.deadlineMs - spentMs));
    return {
      connectMs: Math.min(limits.connectMs, first),
      firstTokenMs: first,
      idleMs: limits.idleMs,
      totalMs: Math.max(1, limits.totalMs - spentMs),
    };
  };

  const call = async (
    asked: Asked,
    model: ResolvedModel,
    attempt: RunAttempt,
    spentMs: number,
  ): Promise<StopReason> => {
    const { providerId, providerName, model: name } = model;
    await asked.begins({ step: 1, attempt: asked.attempts.length, providerId, providerName, model: name });
    const sink = { ...asked.sink, usage: (counted: Usage) => void (attempt.usage = counted) };
    const onWait = (): void =>
      asked.notice({
        kind: 'waiting',
        message: `${providerName} is giving as many answers as it may. This one waits for its turn.`,
        attempt: asked.attempts.length,
      });
    const options = { signal: asked.signal, limits: limitsAfter(spentMs), onWait };
    return models.call(model, { ...asked.request, model: name }, sink, options);
  };

  /** Returns why the answer ended, or what went wrong; either way it is in `asked.attempts`. */
  const attemptOnce = async (
    asked: Asked,
    choice: ModelChoice,
    spentMs: number,
  ): Promise<{ reason: StopReason } | { fault: ProviderError | ModelUnavailable }> => {
    const began = performance.now();
    const attempt: RunAttempt = {
      providerId: choice.model?.providerId ?? null,
      providerName: null,
      model: choice.model?.name ?? null,
      called: false,
      code: null,
      startedAt: clock.now().toISOString(),
      firstTokenMs: null,
      durationMs: 0,
      usage: null,
    };
    asked.attempts.push(attempt);
    try {
      const model = await models.resolve(choice.workspaceId, choice.model);
      Object.assign(attempt, { providerId: model.providerId, providerName: model.providerName, model: model.model });
      attempt.called = true;
      return { reason: await call(asked, model, attempt, spentMs) };
    } catch (fault) {
      attempt.code = fault instanceof ProviderError || fault instanceof ModelUnavailable ? fault.code : 'internal';
      if (fault instanceof ProviderError && !fault.sent) attempt.called = false;
      if (!(fault instanceof ProviderError || fault instanceof ModelUnavailable)) throw fault;
      return { fault };
    } finally {
      const firstPieceAt = asked.firstPieceAt();
      if (firstPieceAt !== null) attempt.firstTokenMs = Math.round(firstPieceAt - began);
      attempt.durationMs = Math.round(performance.now() - began);
    }
  };

  const nameOf = async ({ workspaceId, model }: ModelChoice): Promise<{ provider: string | null; name: string }> => {
    try {
      const found = await models.resolve(workspaceId, model);
      return { provider: found.providerName, name: found.model };
    } catch (error) {
      if (!(error instanceof ModelUnavailable)) throw error;
      return { provider: null, name: model?.name ?? '' };
    }
  };

  const tell = async (asked: Asked, step: NextStep, next: ModelChoice): Promise<void> => {
    const { providerName, model, code, called } = asked.attempts.at(-1)!;
    const from = { provider: providerName, name: model ?? '' };
    const to = step.kind === 'retry' ? from : await nameOf(next);
    const what = `${from.provider ?? 'The provider'} did not answer (${code}).`;
    const then =
      step.kind === 'retry' ? `Asking it again in ${Math.ceil(step.waitMs / 1000)} s.` : `Asking ${to.name} instead.`;
    asked.notice({
      kind: step.kind,
      message: `${what} ${then}`,
      attempt: asked.attempts.length,
      code: code ?? '',
      called,
      waitMs: Math.round(step.waitMs),
      from,
      to,
    });
  };

  return async (asked: Asked): Promise<StopReason> => {
    const began = performance.now();
    const spent = (): number => performance.now() - began;
    // What a provider said tells more than that the next one was not asked.
    let reported: ProviderError | ModelUnavailable | null = null;
    let place = 0;
    for (let tries = 1; ; tries += 1) {
      const outcome = await attemptOnce(asked, asked.choices[place]!, spent());
      if ('reason' in outcome) return outcome.reason;
      const { fault } = outcome;
      const last = asked.attempts.at(-1)!;
      if (asked.signal.aborted) throw fault;
      telemetry.upstreamFaults.inc({ code: fault.code });
      log.warn(
        {
          runId: asked.runId,
          attempt: asked.attempts.length,
          providerId: last.providerId,
          code: fault.code,
          ...(fault instanceof ProviderError ? { status: fault.status, phase: fault.phase } : {}),
          network: networkCode(fault),
        },
        'model call failed',
      );
      if (reported === null || last.called) reported = fault;
      const step =
        asked.firstPieceAt() === null
          ? nextStep(fault, rules, {
              tries,
              leftMs: rules.deadlineMs - spent(),
              hasOther: place + 1 < asked.choices.length,
              random,
            })
          : null;
      if (step === null) throw reported;
      if (step.kind === 'fallback') {
        place += 1;
        tries = 0;
      }
      await tell(asked, step, asked.choices[place]!);
      if (step.waitMs > 0) await pause(step.waitMs, null, { signal: asked.signal });
    }
  };
};

export type Asking = ReturnType<typeof createAsking>;
