import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import {
  ModelUnavailable,
  ProviderError,
  type ModelMessage,
  type Models,
  type PhaseLimits,
  type Usage,
} from '../models/index.ts';
import { createAnswerText, textSha256 } from './answer-text.ts';
import { createAsking, type ModelChoice, type RunAttempt } from './attempts.ts';
import type { Feed } from './feed.ts';
import type { Frame, LiveRun, LogWriter, RunEnding } from './log-writer.ts';
import type { RetryRules } from './next-step.ts';
import type { EndStatus, RunError } from './run-event.ts';

/** Everything needed to answer: what the run's owner knows once it has the run. */
export interface Assignment {
  runId: string;
  epoch: number;
  lastSeq: number;
  /** `run-start`, when it was committed by whoever hands the run over just now. */
  startFrame: Frame | null;
  /** The bot's model and those that answer in its place. */
  choices: readonly ModelChoice[];
  /** The bot was deleted or taken away from the asker. */
  botMissing: boolean;
  instructions: string;
  temperature: number | null;
  maxTokens: number | null;
  /** What the answer begins with, from the one it continues. */
  kept: string;
  history: readonly ModelMessage[];
}

interface Answering extends LiveRun {
  abort: AbortController;
  /** Why it was told to end, when it was. */
  cutShort: 'stopped' | 'interrupted' | null;
  gone: boolean;
  /** Told once that the beginning of an attempt is in the log. */
  awaited: { attempt: number; begin(): void } | null;
  done: Promise<void>;
}

/** Characters of one answer, thoughts included; what runs on past them is cut off. */
const answerLimit = 4_000_000;

const answerTooLong: RunError = {
  code: 'answer_too_long',
  message: `The model did not stop: its answer was cut off at ${answerLimit} characters, and those are kept.`,
  retryable: true,
};

/** Characters of one run that may wait for their commit before its provider is asked to pause. */
const waitingLimit = 64 * 1024;

/** Answers runs in this process and writes them to the log. */
export const createExecutor = (deps: {
  models: Pick<Models, 'resolve' | 'call'>;
  writer: LogWriter;
  feed: Feed;
  limits: PhaseLimits;
  retries: RetryRules;
  clock: Clock;
  log: Logger;
  telemetry: Telemetry;
  /** Called when a run has ended, so that what is queued behind it can start. */
  onEnded(): void;
}) => {
  const { writer, feed, telemetry } = deps;
  const ask = createAsking({ ...deps, rules: deps.retries });
  const live = new Map<string, Answering>();

  const streamAnswer = async (run: Answering, task: Assignment): Promise<RunEnding> => {
    const text = createAnswerText();
    const reasoning = createAnswerText();
    const attempts: RunAttempt[] = [];
    let firstPieceAt: number | null = null;
    let flow: { pause(): void; resume(): void } | null = null;
    let paused = false;
    const began = performance.now();
    let spoke = false;
    let length = 0;
    let tooLong = false;

    const holdBack = (): void => {
      if (!flow || paused || writer.waiting(run) < waitingLimit) return;
      paused = true;
      flow.pause();
      void writer.settled(run).then(() => {
        paused = false;
        flow?.resume();
      });
    };
    const say = (type: 'text-delta' | 'reasoning-delta', shown: string): void => {
      if (shown === '') return;
      length += shown.length;
      if (length > answerLimit && !tooLong) {
        tooLong = true;
        run.abort.abort();
      }
      if (!spoke) {
        spoke = true;
        telemetry.runFirstTokenSeconds.observe((performance.now() - began) / 1000);
      }
      writer.append(run, type, { text: shown });
      holdBack();
    };
    const finish = (status: EndStatus, stopReason: string | null, error: RunError | null): RunEnding => {
      say('reasoning-delta', reasoning.finish());
      say('text-delta', text.finish());
      const usage = totalUsage(attempts);
      const answering = attempts.findLast((attempt) => attempt.called) ?? attempts.at(-1);
      if (usage) writer.append(run, 'usage', usage);
      if (error) writer.append(run, 'error', error);
      const whole = text.whole();
      const thought = reasoning.whole();
      return {
        status,
        stop_reason: stopReason,
        error,
        usage,
        cost_nanos: null,
        text_sha256: textSha256(whole),
        provider_id: answering?.providerId ?? null,
        provider_name: answering?.providerName ?? null,
        model: answering?.model ?? null,
        attempts,
        parts: [
          ...(thought === '' ? [] : [{ type: 'reasoning', text: thought }]),
          ...(whole === '' ? [] : [{ type: 'text', text: whole }]),
        ],
      };
    };

    try {
      if (task.kept !== '') writer.append(run, 'text-delta', { text: text.take(task.kept) });
      if (task.botMissing) throw new BotMissing();
      const stopReason = await ask({
        runId: run.id,
        choices: task.choices,
        request: {
          instructions: task.instructions,
          messages: task.history,
          temperature: task.temperature,
          maxTokens: task.maxTokens,
        },
        sink: {
          open: (given) => void (flow = given),
          text: (delta) => {
            firstPieceAt ??= performance.now();
            say('text-delta', text.take(delta));
          },
          reasoning: (delta) => {
            firstPieceAt ??= performance.now();
            say('reasoning-delta', reasoning.take(delta));
          },
        },
        signal: run.abort.signal,
        firstPieceAt: () => firstPieceAt,
        attempts,
        begins: (step) => {
          writer.append(run, 'step-start', step);
          // The log already implies the first one by having begun.
          return step.attempt === 1 ? nothing : committed(run, step.attempt);
        },
        notice: (notice) => writer.append(run, 'notice', notice),
      });
      return finish('completed', stopReason, null);
    } catch (error) {
      if (run.cutShort === 'stopped') return finish('stopped', 'stopped', null);
      if (tooLong) return finish('failed', null, answerTooLong);
      if (run.cutShort === 'interrupted') return finish('interrupted', null, interruption);
      const fault = describeFault(error);
      // What a model did was said with its attempt.
      if (!(error instanceof ProviderError || error instanceof ModelUnavailable))
        deps.log.warn({ runId: run.id, code: fault.code, cause: String(error) }, 'run failed');
      return finish('failed', null, fault);
    }
  };

  /** Resolves when the beginning of an attempt is in the log, or the run has to end. */
  const committed = (run: Answering, attempt: number): Promise<void> =>
    new Promise((resolve) => {
      const { signal } = run.abort;
      const begin = (): void => {
        run.awaited = null;
        signal.removeEventListener('abort', begin);
        resolve();
      };
      run.awaited = { attempt, begin };
      signal.addEventListener('abort', begin, { once: true });
    });

  const cutShort = (run: Answering, how: 'stopped' | 'interrupted'): Promise<void> => {
    run.cutShort ??= how;
    run.abort.abort();
    return run.done;
  };

  const answer = async (run: Answering, task: Assignment): Promise<void> => {
    try {
      const ending = await streamAnswer(run, task);
      if (run.gone) return;
      await writer.end(run, ending);
      telemetry.runsEnded.inc({ status: ending.status });
    } catch (error) {
      deps.log.error({ runId: run.id, err: error }, 'run broke');
    } finally {
      live.delete(run.id);
      telemetry.runsLive.dec();
      feed.end(run.id);
      deps.onEnded();
    }
  };

  return {
    /** Starts to answer; returns at once. */
    start(task: Assignment): void {
      feed.begin(task.runId);
      if (task.startFrame) feed.publish(task.runId, [task.startFrame]);
      const run: Answering = {
        id: task.runId,
        epoch: task.epoch,
        lastSeq: task.lastSeq,
        abort: new AbortController(),
        cutShort: null,
        gone: false,
        committed(frames) {
          feed.publish(task.runId, frames);
          const { awaited } = run;
          if (awaited && frames.some((frame) => begins(frame, awaited.attempt))) awaited.begin();
        },
        awaited: null,
        lost() {
          run.gone = true;
          run.abort.abort();
        },
        done: Promise.resolve(),
      };
      live.set(run.id, run);
      telemetry.runsLive.inc();
      run.done = answer(run, task);
    },
    /** Stops a run that is answered here, and waits for its end; false when it is not answered here. */
    async stop(runId: string): Promise<boolean> {
      const run = live.get(runId);
      if (!run) return false;
      await cutShort(run, 'stopped');
      return true;
    },
    liveIds: (): string[] => [...live.keys()],
    /** Lets running answers end within the grace period and interrupts the rest; resolves when none is left. */
    async finish(graceMs: number): Promise<void> {
      const all = Promise.all([...live.values()].map((run) => run.done));
      await Promise.race([all, new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
      await Promise.all([...live.values()].map((run) => cutShort(run, 'interrupted')));
    },
  };
};

export type Executor = ReturnType<typeof createExecutor>;

/** What the asker of an interrupted answer is told; the sweep says the same after a crash. */
export const interruption: RunError = {
  code: 'interrupted',
  message:
    'The server stopped while this was being answered. What had arrived is kept; try again to get a whole answer.',
  retryable: true,
};

class BotMissing extends Error {}

const nothing = Promise.resolve();

const begins = ({ type, text }: Frame, attempt: number): boolean =>
  type === 'step-start' && text.includes(`"attempt":${attempt},`);

/** What the providers of all attempts reported together. */
const totalUsage = (attempts: readonly RunAttempt[]): Usage | null =>
  attempts.reduce<Usage | null>((sum, { usage }) => {
    if (sum === null || usage === null) return sum ?? usage;
    return {
      inputTokens: sum.inputTokens + usage.inputTokens,
      outputTokens: sum.outputTokens + usage.outputTokens,
      cacheReadTokens: sum.cacheReadTokens + usage.cacheReadTokens,
      cacheWriteTokens: sum.cacheWriteTokens + usage.cacheWriteTokens,
    };
  }, null);

const describeFault = (error: unknown): RunError => {
  if (error instanceof BotMissing)
    return {
      code: 'bot_missing',
      message:
        'The bot of this conversation was deleted or is no longer shared with you. Start a new chat with another bot.',
      retryable: false,
    };
  if (error instanceof ProviderError) return { code: error.code, message: error.message, retryable: error.retryable };
  if (error instanceof ModelUnavailable) return { code: error.code, message: error.message, retryable: false };
  return { code: 'internal', message: 'The answer broke off by a fault of ours. Retry it.', retryable: true };
};
