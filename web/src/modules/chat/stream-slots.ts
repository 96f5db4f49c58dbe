import type { Release, TabLocks } from '../../tab-locks.ts';
import type { OpenStream } from './live-runs.ts';

export interface StreamSlotsOptions {
  stream: OpenStream;
  locks: TabLocks;
  /** How many live streams all tabs of the browser may keep open together. */
  slots: number;
  /** How often a stream without a slot looks into the log, in milliseconds. */
  pollMs: number;
  page: Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'>;
}

/** How a run is read for a while. */
interface Reading {
  isLive: boolean;
  /** Aborts when it is to be read in the other way. */
  over: AbortSignal;
  leave: () => void;
}

const freed = (slot: Release | null): void => slot?.();

/**
 * Over HTTP/1.1 a browser opens six connections to a server, for all its tabs. Live streams take some of them, by slots
 * that the tabs share; a tab without one, and every tab that nobody looks at, reads the log now and then instead.
 */
export const createStreamSlots = ({ stream, locks, slots, pollMs, page }: StreamSlotsOptions): OpenStream => {
  const isHidden = (): boolean => page.visibilityState === 'hidden';

  const takeSlot = async (): Promise<Release | null> => {
    for (let slot = 1; slot <= slots && !isHidden(); slot += 1) {
      const release = await locks.take(`stream.${slot}`);
      if (release !== null) return release;
    }
    return null;
  };

  const readLive = (slot: Release): Reading => {
    const hidden = new AbortController();
    const onVisibility = (): void => {
      if (isHidden()) hidden.abort();
    };
    page.addEventListener('visibilitychange', onVisibility);
    onVisibility();
    return {
      isLive: true,
      over: hidden.signal,
      leave: () => {
        page.removeEventListener('visibilitychange', onVisibility);
        slot();
      },
    };
  };

  /** `onSlot` is given the slot that has become free; whoever no longer needs it gives it back. */
  const readNowAndThen = (onSlot: (slot: Release) => void): Reading => {
    const free = new AbortController();
    let isOver = false;
    let isLooking = false;
    const look = async (): Promise<void> => {
      if (isLooking || isHidden()) return;
      isLooking = true;
      const slot = await takeSlot();
      isLooking = false;
      if (slot === null) return;
      if (isOver) return slot();
      isOver = true;
      onSlot(slot);
      free.abort();
    };
    const onLook = (): void => void look();
    const timer = setInterval(onLook, pollMs * 2);
    page.addEventListener('visibilitychange', onLook);
    return {
      isLive: false,
      over: free.signal,
      leave: () => {
        isOver = true;
        clearInterval(timer);
        page.removeEventListener('visibilitychange', onLook);
      },
    };
  };

  return async function* follow(runId, options) {
    const { signal } = options;
    let after = options.after ?? 0;
    let slot = await takeSlot();
    for (;;) {
      const reading = slot === null ? readNowAndThen((free) => (slot = free)) : readLive(slot);
      slot = null;
      let isSwitch = false;
      try {
        const events = stream(runId, {
          ...options,
          after,
          signal: signal === undefined ? reading.over : AbortSignal.any([signal, reading.over]),
          ...(reading.isLive ? {} : { pollMs }),
        });
        for await (const event of events) {
          after = event.seq;
          yield event;
        }
        return;
      } catch (error) {
        if (signal?.aborted === true || !reading.over.aborted) throw error;
        isSwitch = true;
      } finally {
        reading.leave();
        if (!isSwitch) freed(slot);
      }
    }
  };
};
