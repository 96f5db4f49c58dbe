import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Everything this process counts, in Prometheus form. */
export interface Telemetry {
  registry: Registry;
  httpSeconds: Histogram<'method' | 'route' | 'status'>;
  runsEnded: Counter<'status'>;
  runsLive: Gauge;
  runFirstTokenSeconds: Histogram;
  runFlushSeconds: Histogram;
  runEvents: Counter;
  appendFailures: Counter<'reason'>;
  runsLost: Counter;
  viewers: Gauge;
  viewersDropped: Counter;
  upstreamFaults: Counter<'code'>;
  circuitChanges: Counter<'to'>;
  modelCallsRunning: Gauge;
  modelCallsWaiting: Gauge;
  linkUp: Gauge<'link'>;
  linkLosses: Counter<'link'>;
  newsTold: Counter<'link'>;
  jobsFailed: Counter<'job'>;
  ready: Gauge;
}

export const createTelemetry = (statements: () => number): Telemetry => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  new Counter({
    name: 'parley_database_statements_total',
    help: 'Statements sent to the database',
    registers,
    collect() {
      this.reset();
      this.inc(statements());
    },
  });
  const fast = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
  return {
    registry,
    httpSeconds: new Histogram({
      name: 'parley_http_request_seconds',
      help: 'Time to answer a request, by route template',
      labelNames: ['method', 'route', 'status'],
      buckets: fast,
      registers,
    }),
    runsEnded: new Counter({ name: 'parley_runs_ended_total', help: 'Runs ended', labelNames: ['status'], registers }),
    runsLive: new Gauge({ name: 'parley_runs_live', help: 'Runs this process is answering now', registers }),
    runFirstTokenSeconds: new Histogram({
      name: 'parley_run_first_token_seconds',
      help: 'Time from the accepted message to the first committed text',
      buckets: [...fast, 10, 30, 60],
      registers,
    }),
    runFlushSeconds: new Histogram({
      name: 'parley_run_flush_seconds',
      help: 'Time of one append to the run log',
      buckets: fast,
      registers,
    }),
    runEvents: new Counter({ name: 'parley_run_events_total', help: 'Events appended to run logs', registers }),
    appendFailures: new Counter({
      name: 'parley_run_append_failures_total',
      help: 'Appends to the run log that failed: the database was away (they are tried again), or refused one run',
      labelNames: ['reason'],
      registers,
    }),
    runsLost: new Counter({
      name: 'parley_runs_lost_total',
      help: 'Runs that another process took over while this one still answered them',
      registers,
    }),
    viewers: new Gauge({ name: 'parley_run_viewers', help: 'Open run streams', registers }),
    viewersDropped: new Counter({
      name: 'parley_run_viewers_dropped_total',
      help: 'Streams closed because their reader fell behind',
      registers,
    }),
    linkUp: new Gauge({
      name: 'parley_link_up',
      help: 'Whether news of other nodes arrive by this link (1) or are looked for (0)',
      labelNames: ['link'],
      registers,
    }),
    linkLosses: new Counter({
      name: 'parley_link_losses_total',
      help: 'Losses of a link to other nodes',
      labelNames: ['link'],
      registers,
    }),
    newsTold: new Counter({
      name: 'parley_news_told_total',
      help: 'Parcels of news sent to other nodes',
      labelNames: ['link'],
      registers,
    }),
    jobsFailed: new Counter({
      name: 'parley_jobs_failed_total',
      help: 'Attempts of background jobs that failed',
      labelNames: ['job'],
      registers,
    }),
    ready: new Gauge({ name: 'parley_ready', help: 'Whether /readyz said ready when it was last asked', registers }),
    upstreamFaults: new Counter({
      name: 'parley_upstream_faults_total',
      help: 'Model calls that failed, by code',
      labelNames: ['code'],
      registers,
    }),
    circuitChanges: new Counter({
      name: 'parley_circuit_changes_total',
      help: 'Circuits of provider credentials that changed, by their new state',
      labelNames: ['to'],
      registers,
    }),
    modelCallsRunning: new Gauge({ name: 'parley_model_calls_running', help: 'Model calls under way', registers }),
    modelCallsWaiting: new Gauge({
      name: 'parley_model_calls_waiting',
      help: 'Model calls that wait for others with the same credential',
      registers,
    }),
  };
};
