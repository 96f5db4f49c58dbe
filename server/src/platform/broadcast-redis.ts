import type { RedisClientType } from 'redis';
import type { LinkKind } from './broadcast-link.ts';
import type { Secret } from './secret.ts';

/** A script on the Redis of this installation, whose keys are put under its name; rejects at once while it is away. */
export type RedisScript = (text: string, keys: string[], values: string[]) => Promise<unknown>;

/** News by Redis publish and subscribe, and its scripts over the same connection (protocol RESP3, Redis 6 or newer). */
export const createRedisLink = (options: {
  url: Secret;
  /** Names this installation among those that share the Redis. */
  channel: string;
}): LinkKind & { script: RedisScript } => {
  let current: RedisClientType | null = null;
  const client = (): RedisClientType => {
    if (!current) throw new Error('Redis is away');
    return current;
  };
  return {
    name: 'redis',
    async connect(on) {
      // Few installations have Redis; the others need not load it.
      const { createClient } = await import('redis');
      const made = createClient({
        url: options.url.reveal(),
        disableOfflineQueue: true,
        commandsQueueMaxLength: 10_000,
        socket: { reconnectStrategy: false, connectTimeout: 2_000 },
      }) as unknown as RedisClientType;
      const fail = (cause: Error): void => {
        if (current === made) current = null;
        on.lost(cause);
      };
      made.on('error', fail);
      made.on('end', () => fail(new Error('the connection ended')));
      const destroy = (): void => {
        if (current === made) current = null;
        if (made.isOpen) made.destroy();
      };
      try {
        await made.connect();
        await made.subscribe(options.channel, on.heard);
      } catch (error) {
        destroy();
        throw error;
      }
      current = made;
      return { check: () => made.ping(), close: async () => destroy() };
    },
    publish: async (text) => void (await client().publish(options.channel, text)),
    script: async (text, keys, values) =>
      client().eval(text, { keys: keys.map((key) => `${options.channel}:${key}`), arguments: values }),
  };
};
