import { EventEmitter } from 'node:events';

/** Short news between the parts and nodes of an installation: hints to look again, never the only copy of anything. */
export interface Broadcast {
  publish(topic: string, message: object): void;
  /** Returns the function that ends the subscription. */
  subscribe<T extends object>(topic: string, handler: (message: T) => void): () => void;
}

/** News within this process. */
export const createBroadcast = (): Broadcast => {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  return {
    publish: (topic, message) => void emitter.emit(topic, message),
    subscribe(topic, handler) {
      emitter.on(topic, handler);
      return () => void emitter.off(topic, handler);
    },
  };
};
