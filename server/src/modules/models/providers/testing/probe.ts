import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { createEgress } from '../../../../platform/egress.ts';
import { createFakeModel } from '../../../../testing/fake-model.ts';
import {
  ProviderError,
  type ModelRequest,
  type PhaseLimits,
  type ProviderKind,
  type StopReason,
  type Usage,
} from '../../provider.ts';
import { createProviders } from '../index.ts';

export interface Outcome {
  text: string;
  reasoning: string;
  deltas: number;
  usages: Usage[];
  reason: StopReason | null;
  error: ProviderError | null;
}

export interface Ask extends Partial<ModelRequest> {
  baseUrl?: string;
  apiKey?: string | null;
  signal?: AbortSignal;
  limits?: Partial<PhaseLimits>;
  onText?: (text: string, flow: { pause(): void; resume(): void }) => void;
}

const limits: PhaseLimits = { connectMs: 2000, firstTokenMs: 5000, idleMs: 5000, totalMs: 20_000 };

/** The real providers over real sockets against the fake model, with what an answer did collected. */
export const createProbe = async (now: Date) => {
  const fake = await createFakeModel();
  const egress = createEgress({ allow: ['127.0.0.0/8'], log: { warn: () => undefined } });
  const providers = createProviders({ egress, clock: { now: () => now }, demo: { wordsPerSecond: 100_000 } });

  const ask = async (kind: ProviderKind, options: Ask): Promise<Outcome> => {
    const outcome: Outcome = { text: '', reasoning: '', deltas: 0, usages: [], reason: null, error: null };
    let flow = { pause: (): void => undefined, resume: (): void => undefined };
    const request: ModelRequest = {
      model: options.model ?? 'words-20',
      instructions: options.instructions ?? 'Be brief.',
      messages: options.messages ?? [{ role: 'user', text: 'one two three' }],
      temperature: options.temperature ?? null,
      maxTokens: options.maxTokens ?? null,
    };
    const apiKey = options.apiKey === undefined ? 'key-1234' : options.apiKey;
    const settings = { kind, baseUrl: options.baseUrl ?? fake.url, apiKey };
    const sink = {
      open: (given: typeof flow) => {
        flow = given;
      },
      text: (delta: string) => {
        outcome.text += delta;
        outcome.deltas += 1;
        options.onText?.(outcome.text, flow);
      },
      reasoning: (delta: string) => {
        outcome.reasoning += delta;
      },
      usage: (usage: Usage) => outcome.usages.push(usage),
    };
    try {
      outcome.reason = await providers[kind].stream(settings, request, sink, {
        signal: options.signal ?? new AbortController().signal,
        limits: { ...limits, ...options.limits },
      });
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      outcome.error = error;
    }
    return outcome;
  };
  const failed = async (kind: ProviderKind, options: Ask): Promise<Outcome & { error: ProviderError }> => {
    const outcome = await ask(kind, options);
    expect(outcome.reason).toBe(null);
    expect(outcome.error).toBeInstanceOf(ProviderError);
    return outcome as Outcome & { error: ProviderError };
  };

  const closing: (() => void)[] = [];
  /** A server that answers every request in the same way. */
  const serve = async (status: number, headers: Record<string, string>, body: string): Promise<string> => {
    const server = createServer((_request, response) => response.writeHead(status, headers).end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      server.close();
      server.closeAllConnections();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const close = async (): Promise<void> => {
    for (const end of closing) end();
    await egress.close();
    await fake.close();
  };
  return { fake, providers, ask, failed, serve, close };
};
