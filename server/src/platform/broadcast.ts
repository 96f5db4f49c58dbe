import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { keepLink, type LinkKind, type LinkWatch } from './broadcast-link.ts';
import { newId } from './ids.ts';

/** Short news between the parts and nodes of an installation: hints to look again, never the only copy of anything. */
export interface Broadcast {
  /** Tells this process at once and the other nodes soon. Never fails: news may be lost, and `onGap` says so. */
  publish(topic: string, message: object): void;
  /** The same, but to the other nodes only. */
  tell(topic: string, message: object): void;
  /** Returns the function that ends the subscription. */
  subscribe<T extends object>(topic: string, handler: (message: T) => void): () => void;
  /** Calls the handler whenever news of other nodes may have been missed: whatever depends on them looks again. */
  onGap(handler: () => void): void;
  /** False while news of other nodes may be missing: who waits for them looks by itself, at least once a second. */
  isWhole(): boolean;
}

/** A broadcast that reaches the other nodes once it is connected. */
export interface NodeBroadcast extends Broadcast {
  /** Begins to listen to the other nodes, and keeps doing so through every loss. */
  connect(): void;
  /** The links to the other nodes and whether they answer. */
  links(): { name: string; up: boolean }[];
  close(): Promise<void>;
}

/** What travels: who says it, and the news in order. */
type Parcel = [node: string, news: [topic: string, message: object][]];

const gapTopic = 'broadcast.gap';
/** NOTIFY carries less than 8,000 bytes. */
const parcelBytes = 7_800;
const waitingLimit = 10_000;
const againMs = 300;

/**
 * News within this process and, over the given links, between nodes. Every node listens on all of them; news leave by the
 * first one that takes them. One parcel is under way at a time, and what comes meanwhile goes together in the next.
 */
export const createBroadcast = (
  options: { links: readonly LinkKind[]; watch: LinkWatch } = { links: [], watch: { lost() {}, back() {}, told() {} } },
): NodeBroadcast => {
  const node = newId();
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  let waiting: string[] = [];
  let sending = false;
  let connected = false;

  const look = (): void => void emitter.emit(gapTopic, {});

  const heard = (text: string): void => {
    try {
      const [from, news] = JSON.parse(text) as Parcel;
      if (from === node) return;
      for (const [topic, message] of news) emitter.emit(topic, message);
    } catch {
      // What some other program said on this channel is not news.
    }
  };

  const links = options.links.map((kind) =>
    keepLink(kind, {
      heard,
      // Something may have gone missing here, and of ours elsewhere: both sides look.
      changed(up, cause) {
        if (up) options.watch.back(kind.name);
        else options.watch.lost(kind.name, cause);
        look();
        send(gapTopic, {});
      },
    }),
  );

  const takeParcel = (): string => {
    const head = `["${node}",[`;
    let bytes = head.length + 2;
    let count = 0;
    for (const item of waiting) {
      bytes += Buffer.byteLength(item) + 1;
      if (count > 0 && bytes > parcelBytes) break;
      count += 1;
    }
    return `${head}${waiting.splice(0, count).join(',')}]]`;
  };

  const post = async (parcel: string): Promise<boolean> => {
    for (const link of links) {
      try {
        await link.publish(parcel);
        options.watch.told(link.name);
        return true;
      } catch {
        // Not this way; `changed` of the link says what is wrong with it.
      }
    }
    return false;
  };

  const sendAll = async (): Promise<void> => {
    while (waiting.length > 0 && connected) {
      if (await post(takeParcel())) continue;
      // Nobody could be told what was in it: that they missed something is what remains to be said.
      waiting = [JSON.stringify([gapTopic, {}])];
      await pause(againMs, null, { ref: false });
    }
    sending = false;
  };

  const send = (topic: string, message: object): void => {
    if (!connected || links.length === 0) return;
    if (waiting.length >= waitingLimit) waiting = [JSON.stringify([gapTopic, {}])];
    waiting.push(JSON.stringify([topic, message]));
    if (!sending) {
      sending = true;
      // What one turn of the loop has to tell goes together.
      setImmediate(() => void sendAll());
    }
  };

  return {
    publish(topic, message) {
      emitter.emit(topic, message);
      send(topic, message);
    },
    tell: send,
    subscribe(topic, handler) {
      emitter.on(topic, handler);
      return () => void emitter.off(topic, handler);
    },
    onGap: (handler) => void emitter.on(gapTopic, handler),
    isWhole: () => !connected || links.every((link) => link.up()),
    connect() {
      connected = true;
      for (const link of links) link.start();
    },
    links: () => links.map((link) => ({ name: link.name, up: link.up() })),
    async close() {
      connected = false;
      await Promise.all(links.map((link) => link.close()));
    },
  };
};
