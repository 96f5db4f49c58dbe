import { setTimeout as pause } from 'node:timers/promises';

/** A connection over which news of other nodes arrive. */
export interface LinkConnection {
  /** Rejects, or never resolves, when the other side is gone. */
  check(): Promise<unknown>;
  /** Ends it at once, whatever the network does. */
  close(): Promise<unknown>;
}

/** A way for news between nodes. */
export interface LinkKind {
  name: string;
  /** Connects and listens; `lost` is called at most once it has resolved. */
  connect(on: { heard(text: string): void; lost(cause: Error): void }): Promise<LinkConnection>;
  /** Rejects when the news did not leave. */
  publish(text: string): Promise<void>;
}

/** Who is told how the links are doing. */
export interface LinkWatch {
  lost(link: string, cause: Error): void;
  back(link: string): void;
  /** A parcel of news left by this link. */
  told(link: string): void;
}

export interface Link {
  name: string;
  up(): boolean;
  publish(text: string): Promise<void>;
  start(): void;
  close(): Promise<void>;
}

// A silent loss shows within the sum of the two: a second, with what it takes to look again.
const checkEveryMs = 400;
const answerWithinMs = 500;
const connectWithinMs = 2_000;
const firstWaitMs = 50;
const lastWaitMs = 1_000;

/** Rejects when `work` takes longer; a pause of this very process does not count. */
const within = async <T>(ms: number, work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    // An answer that came during a pause is read between this timer and the next turn of the loop.
    timer = setTimeout(
      () => setImmediate(() => setImmediate(() => reject(new Error(`no answer within ${ms} ms`)))),
      ms,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

/** Keeps a link connected: notices losses, silent ones too, and connects again with growing pauses. */
export const keepLink = (
  kind: LinkKind,
  on: { heard(text: string): void; changed(up: boolean, cause: Error): void },
): Link => {
  let closing = false;
  let up = false;
  /** Ends the pause under way: a connection is lost, or the link is closed. */
  let waking = new AbortController();
  let running: Promise<void> = Promise.resolve();

  const rest = (ms: number): Promise<unknown> => pause(ms, null, { ref: false, signal: waking.signal }).catch(() => {});

  const connect = async (lost: (cause: Error) => void): Promise<LinkConnection> => {
    const connecting = kind.connect({ heard: on.heard, lost });
    try {
      return await within(connectWithinMs, connecting);
    } catch (error) {
      // Should it come late after all, nobody is waiting for it.
      void connecting.then((connection) => connection.close()).catch(() => {});
      throw error;
    }
  };

  /** Resolves with the cause when the connection is lost. */
  const hold = async (connection: LinkConnection): Promise<unknown> => {
    for (;;) {
      await rest(checkEveryMs);
      if (waking.signal.aborted) return waking.signal.reason;
      try {
        await within(answerWithinMs, connection.check());
      } catch (error) {
        return error;
      }
    }
  };

  const run = async (): Promise<void> => {
    let told = true;
    for (let wait = firstWaitMs; !closing; wait = Math.min(wait * 2, lastWaitMs)) {
      let cause: unknown;
      try {
        const attempt = (waking = new AbortController());
        const connection = await connect((reason) => attempt.abort(reason));
        wait = firstWaitMs;
        up = told = true;
        on.changed(true, new Error('connected'));
        cause = await hold(connection);
        up = false;
        await connection.close().catch(() => {});
      } catch (error) {
        cause = error;
      }
      if (closing) return;
      // One word per loss, however often coming back fails.
      if (told) on.changed(false, cause as Error);
      told = false;
      waking = new AbortController();
      await rest(wait * (0.5 + Math.random() / 2));
    }
  };

  return {
    name: kind.name,
    up: () => up,
    publish: kind.publish,
    start: () => void (running = run()),
    async close() {
      closing = true;
      waking.abort(new Error('closing'));
      await running;
    },
  };
};
