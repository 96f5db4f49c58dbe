import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createBroadcast } from '../../platform/broadcast.ts';
import { systemClock } from '../../platform/clock.ts';
import { AppError } from '../../platform/errors.ts';
import { testApp, type TestApp } from '../../testing/app.ts';
import { createIdentity, type Admit } from './index.ts';

const nodeOf = (app: TestApp) =>
  createIdentity({
    database: app.database,
    config: { secret: 'x'.repeat(32), publicUrl: 'http://localhost', secureCookies: false },
    mail: { kind: 'outbox', send: async () => {} },
    jobs: { enqueue: async () => {} },
    broadcast: createBroadcast(),
    clock: systemClock,
    log: app.parley.log,
  });

const account = (name: string) => ({ name, email: `${name}@example.org`, password: 'correct horse battery' });

describe('new accounts', () => {
  it('of the first moment agree on one operator, on several nodes too', async () => {
    await using app = await testApp();
    const seen: string[] = [];
    const admit: Admit = async (_trx, { userId, operatorId }) => {
      // Long enough for the others to have begun.
      await pause(400);
      seen.push(operatorId === userId ? 'operator' : 'other');
    };
    const names = ['ann', 'bob', 'cid'];
    await Promise.all(names.map((name) => nodeOf(app).signUp(account(name), {}, admit)));
    expect(seen.sort()).toEqual(['operator', 'other', 'other']);
    const users = await app.database.system.selectFrom('user').select(['id', 'is_operator']).execute();
    expect(users.filter(({ is_operator }) => is_operator)).toHaveLength(1);
    const operatorId = users.find(({ is_operator }) => is_operator)!.id;
    expect(await nodeOf(app).users.operatorId()).toBe(operatorId);
  });

  it('that are refused leave nothing behind, so that the next is the first', async () => {
    await using app = await testApp();
    const refuse: Admit = () => Promise.reject(new AppError('forbidden', 'no'));
    await expect(nodeOf(app).signUp(account('ann'), {}, refuse)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await app.database.system.selectFrom('user').select('id').execute()).toEqual([]);
    expect(await nodeOf(app).users.operatorId()).toBeNull();
    await nodeOf(app).signUp(account('ann'), {}, async (_trx, { userId, operatorId }) =>
      expect(operatorId).toBe(userId),
    );
  });

  it('with one address at once are one account', async () => {
    await using app = await testApp();
    const results = await Promise.allSettled(
      [1, 2].map(() => nodeOf(app).signUp(account('ann'), {}, () => pause(300).then(() => {}))),
    );
    const [refused] = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
    expect(refused).toMatchObject({ code: 'conflict', errors: [{ path: 'email' }] });
    expect(await app.database.system.selectFrom('user').select('email').execute()).toEqual([
      { email: 'ann@example.org' },
    ]);
  });
});
