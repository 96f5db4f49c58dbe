import type { Transaction } from 'kysely';
import type { z } from 'zod';
import type { Tables } from './database/tables.ts';
import { defineJob, type AnyJob, type Jobs } from './jobs.ts';

/** A fact in the past tense, e.g. `invitation.created`. */
export interface Event<T extends object> {
  name: string;
  schema: z.ZodType<T>;
}

/** Somebody's reaction to an event; runs as a job of its own, so it is retried by itself. */
export interface Listener {
  event: string;
  job: AnyJob;
}

export const defineEvent = <T extends object>(event: Event<T>): Event<T> => event;

/** Binds a reaction to an event. `listener` is unique among the listeners of that event. */
export const on = <T extends object>(
  event: Event<T>,
  listener: string,
  run: (data: T, context: { log: import('./log.ts').Logger }) => Promise<void>,
): Listener => ({
  event: event.name,
  job: defineJob({ name: `${event.name}.${listener}`, schema: event.schema, run }),
});

export interface Events {
  /** Tells the listeners within the transaction that makes it true. */
  emit<T extends object>(trx: Transaction<Tables>, event: Event<T>, data: T): Promise<void>;
  /** Makes the listeners known; before anything is emitted. */
  connect(listeners: readonly Listener[]): void;
}

/** Events as jobs: one job per listener, enqueued in the causing transaction. */
export const createEvents = (options: { jobs: Pick<Jobs, 'enqueue'> }): Events => {
  const listeners = new Map<string, AnyJob[]>();
  return {
    async emit(trx, event, data) {
      for (const job of listeners.get(event.name) ?? []) await options.jobs.enqueue(trx, job, data);
    },
    connect(all) {
      for (const { event, job } of all) listeners.set(event, [...(listeners.get(event) ?? []), job]);
    },
  };
};
