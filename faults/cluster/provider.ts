import { createFakeModel, type FakeCall, type FakeModel } from '../../server/src/testing/fake-model.ts';
import { createLink, type Link } from './link.ts';

/** The provider of models, behind a link that all nodes share. */
export interface Provider {
  fake: FakeModel;
  link: Link;
  /** Every call since the last reset; the fake model itself forgets the older ones. */
  calls(): readonly FakeCall[];
  reset(): void;
  close(): Promise<void>;
}

// The fake model keeps a thousand calls; so many do not come between two looks.
const lookMs = 100;

export const startProvider = async (): Promise<Provider> => {
  const fake = await createFakeModel();
  const link = await createLink('provider', { host: '127.0.0.1', port: Number(new URL(fake.url).port) });
  const seen = new Set<FakeCall>();
  const look = (): void => {
    for (const call of fake.calls) seen.add(call);
  };
  const timer = setInterval(look, lookMs).unref();
  return {
    fake,
    link,
    calls() {
      look();
      return [...seen];
    },
    reset() {
      fake.reset();
      seen.clear();
    },
    async close() {
      clearInterval(timer);
      await link.close();
      await fake.close();
    },
  };
};
