import fc from 'fast-check';
import pino from 'pino';
import { expect, test } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { createTelemetry } from '../../platform/telemetry.ts';
import { ModelUnavailable, ProviderError, type ResolvedModel } from '../models/index.ts';
import { createAsking, type RunAttempt } from './attempts.ts';

type Code = ConstructorParameters<typeof ProviderError>[0];

/** What one call of a model does: nothing, or a piece of an answer, and then a fault or its end. */
interface Behaviour {
  speaks: boolean;
  fault: Code | null;
  sent: boolean;
}

const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  speaks: fc.nat(3).map((dice) => dice === 0),
  fault: fc.option(
    fc.constantFrom<Code>(
      'upstream_overloaded',
      'upstream_unavailable',
      'upstream_rate_limited',
      'upstream_cut',
      'upstream_quota',
      'upstream_unauthorized',
      'upstream_refused',
      'upstream_busy',
    ),
    { freq: 6 },
  ),
  sent: fc.nat(5).map((dice) => dice > 0),
});
const model = fc.option(fc.array(behaviour, { minLength: 3, maxLength: 3 }), { freq: 6 });

const limits = { connectMs: 1000, firstTokenMs: 1000, idleMs: 1000, totalMs: 5000 };
const rules = { deadlineMs: 60_000, attempts: 3, pauseMs: 1 };

test('every call is announced, recorded and in order, and none follows a word, whatever providers do', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(model, { minLength: 1, maxLength: 5 }), async (models) => {
      const calls: number[] = [];
      const announced: number[] = [];
      const notices: string[] = [];
      const attempts: RunAttempt[] = [];
      let firstPieceAt: number | null = null;
      const ask = createAsking({
        models: {
          resolve: async (_workspaceId, ref) => {
            if (models[Number(ref!.name)] === null) throw new ModelUnavailable('provider_missing', 'gone');
            return { providerId: 'p', providerName: 'Fake', model: ref!.name } as ResolvedModel;
          },
          call: async ({ model: name }, _request, sink) => {
            const index = Number(name);
            const { speaks, fault, sent } = models[index]![attempts.filter((one) => one.model === name).length - 1]!;
            expect(firstPieceAt).toBeNull();
            expect(announced.at(-1)).toBe(attempts.length);
            if (fault !== null && !sent) throw new ProviderError(fault, 'x', { sent });
            calls.push(index);
            if (speaks) sink.text('word');
            if (fault !== null) throw new ProviderError(fault, 'x');
            return 'stop';
          },
        },
        limits,
        rules,
        clock: systemClock,
        log: pino({ level: 'silent' }),
        telemetry: createTelemetry(() => 0),
      });
      const outcome = await ask({
        runId: 'r',
        choices: models.map((_, index) => ({ workspaceId: 'w', model: { providerId: 'p', name: String(index) } })),
        request: { instructions: '', messages: [], temperature: null, maxTokens: null },
        sink: {
          open: () => undefined,
          text: () => void (firstPieceAt = performance.now()),
          reasoning: () => undefined,
        },
        signal: new AbortController().signal,
        firstPieceAt: () => firstPieceAt,
        attempts,
        begins: async ({ attempt }) => {
          await new Promise((resolve) => setImmediate(resolve));
          announced.push(attempt);
        },
        notice: ({ kind }) => notices.push(kind),
      }).then(
        () => null,
        (error: unknown) => error,
      );
      expect(attempts.filter(({ called }) => called).map((attempt) => Number(attempt.model))).toEqual(calls);
      expect(calls).toEqual(calls.toSorted((a, b) => a - b));
      expect(notices).toHaveLength(attempts.length - 1);
      for (const index of models.keys()) expect(calls.filter((one) => one === index).length).toBeLessThan(4);
      expect(attempts.at(-1)!.code === null).toBe(outcome === null);
      const codes = attempts.map(({ code }) => code);
      if (outcome !== null) expect(codes).toContain((outcome as ProviderError).code);
      expect(codes.slice(0, -1)).not.toContain(null);
      expect(codes.slice(0, -1)).not.toContain('upstream_refused');
    }),
    { numRuns: 300 },
  );
});
