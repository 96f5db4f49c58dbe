import type { ModelRef } from './schemas.ts';

const id = '00000000-0000-7000-8000-000000000003';

// In every workspace without a row: the first minute needs no key.
export const demoProvider = {
  id,
  kind: 'demo' as const,
  name: 'Demo (scripted, not a real model)',
  models: ['demo'],
  model: { providerId: id, name: 'demo' } satisfies ModelRef,
  createdAt: new Date('2026-11-21T00:00:00.000Z'),
};
