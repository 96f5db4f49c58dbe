import pino from 'pino';

export type Logger = pino.Logger;

const flushMs = 500;
const urgent = 40;

/** Structured log lines on standard output. Carries ids, never message text, never secrets. */
export const createLog = (level: string): Logger => {
  // Lines leave in batches: one write per request would cost as much as the request's own work.
  const destination = pino.destination({ sync: false, minLength: 4096 });
  setInterval(() => destination.flush(), flushMs).unref();
  return pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: {
        logMethod(parameters, method, severity) {
          method.apply(this, parameters);
          if (severity >= urgent) destination.flush();
        },
      },
    },
    destination,
  );
};
