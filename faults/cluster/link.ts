import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** One way of the traffic: towards the server behind the link, or back. */
export type Way = 'there' | 'back';

/** A TCP connection between two parts of the cluster that can be broken in the ways networks break. */
export interface Link {
  readonly name: string;
  readonly port: number;
  /** Everything as it should be; what was held flows on. */
  heal(): void;
  /** Resets what is open, and everything that tries to connect. */
  cut(): void;
  /** Resets what is open; new connections work. */
  reset(): void;
  /** Nothing passes and nothing is lost: a partition that will end. Connections are still accepted. */
  hold(ways?: readonly Way[]): void;
  /**
   * Half-open: the far side loses what is open, the near side is told nothing. New connections work. Once healed, the near
   * side learns of it when it sends.
   */
  forget(): void;
  delay(ms: number): void;
  throttle(bytesPerSecond: number): void;
  /** Forwards the next request that contains `pattern`, drops the reply to it and resets the connection; resolves then. */
  loseReply(pattern: string): Promise<void>;
  close(): Promise<void>;
}

interface Pair {
  near: Socket;
  far: Socket;
  forgotten: boolean;
  /** Called once the reply to a request has arrived that must not be passed on. */
  swallow: (() => void) | null;
}

interface Weather {
  cut: boolean;
  held: ReadonlySet<Way>;
  delayMs: number;
  bytesPerSecond: number;
}

const clear: Weather = { cut: false, held: new Set(), delayMs: 0, bytesPerSecond: Infinity };

export const createLink = async (name: string, target: { host: string; port: number }): Promise<Link> => {
  const pairs = new Set<Pair>();
  let weather = clear;
  let changed = Promise.withResolvers<void>();
  let trap: { pattern: string; sprung: () => void } | null = null;

  const setWeather = (next: Weather): void => {
    weather = next;
    changed.resolve();
    changed = Promise.withResolvers();
  };

  const passed = async (way: Way, bytes: number): Promise<void> => {
    const wait = weather.delayMs + (bytes / weather.bytesPerSecond) * 1000;
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    while (weather.held.has(way)) await changed.promise;
  };

  const spring = (pair: Pair, chunk: Buffer): void => {
    if (!trap?.pattern || !chunk.includes(trap.pattern)) return;
    pair.swallow = trap.sprung;
    trap = null;
  };

  const pump = (pair: Pair, way: Way): void => {
    const [from, to] = way === 'there' ? [pair.near, pair.far] : [pair.far, pair.near];
    let order = Promise.resolve();
    let waiting = 0;
    to.on('drain', () => from.resume());
    const write = (chunk: Buffer): void => {
      if (pair.forgotten || to.destroyed) return;
      if (!to.write(chunk)) from.pause();
    };
    from.on('data', (chunk: Buffer) => {
      if (pair.forgotten) {
        if (weather === clear) pair.near.resetAndDestroy();
        return;
      }
      if (way === 'there') spring(pair, chunk);
      else if (pair.swallow) {
        pair.swallow();
        pair.near.resetAndDestroy();
        pair.far.destroy();
        return;
      }
      if (waiting === 0 && !weather.held.has(way) && weather.delayMs === 0 && weather.bytesPerSecond === Infinity) {
        write(chunk);
        return;
      }
      waiting += 1;
      // What is on its way is bounded by the sockets' own buffers: the sender feels a held link.
      if (waiting > 64) from.pause();
      order = order.then(async () => {
        await passed(way, chunk.length);
        write(chunk);
        waiting -= 1;
        if (waiting === 0) from.resume();
      });
    });
    from.on('end', () => void order.then(() => !pair.forgotten && to.end()));
    from.on('error', () => {});
    from.on('close', (hadError) => {
      if (way === 'there' || !pair.forgotten) pairs.delete(pair);
      if (pair.forgotten) return;
      void order.then(() => (hadError ? to.resetAndDestroy() : to.end()));
    });
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    if (weather.cut) {
      near.on('error', () => {});
      near.resetAndDestroy();
      return;
    }
    const far = connect({ ...target, allowHalfOpen: true, noDelay: true });
    const pair: Pair = { near, far, forgotten: false, swallow: null };
    pairs.add(pair);
    pump(pair, 'there');
    pump(pair, 'back');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

  const resetAll = (): void => {
    for (const { near, far } of pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
    pairs.clear();
  };

  return {
    name,
    port: (server.address() as AddressInfo).port,
    heal: () => setWeather(clear),
    cut() {
      setWeather({ ...clear, cut: true });
      resetAll();
    },
    reset: resetAll,
    hold: (ways = ['there', 'back']) => setWeather({ ...weather, held: new Set(ways) }),
    forget() {
      setWeather({ ...weather });
      for (const pair of pairs) {
        pair.forgotten = true;
        pair.far.resetAndDestroy();
      }
    },
    delay: (ms) => setWeather({ ...weather, delayMs: ms }),
    throttle: (bytesPerSecond) => setWeather({ ...weather, bytesPerSecond }),
    loseReply: (pattern) =>
      new Promise((sprung) => {
        trap = { pattern, sprung };
      }),
    async close() {
      setWeather(clear);
      resetAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
