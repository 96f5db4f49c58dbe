import type { Transport } from '../call.ts';
import { streamRun } from '../run-stream.ts';
import type { StreamOptions } from '../run-stream.ts';

/** Runs: the attempts to answer. */
export const createRuns = (transport: Transport) => ({
  get: (id: string) => transport.call('get', '/v1/runs/{id}', { path: { id } }),
  /** Follows a run's events to its end and reconnects by itself; see `streamRun`. */
  stream: (id: string, options?: StreamOptions) => streamRun(transport, id, options),
  /** Ends a run and keeps what it wrote; the same again for a run that has ended. */
  stop: (id: string) => transport.call('post', '/v1/runs/{id}/stop', { path: { id } }),
});
