import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { compose, type Parley } from '../../compose.ts';
import { createApi, listen } from '../../roles/api.ts';
import { testConfig } from '../../testing/config.ts';
import { copyTemplate } from '../../testing/database.ts';
import { createTcpProxy, type TcpProxy } from '../../testing/tcp-proxy.ts';
import { secret } from '../secret.ts';
import { openDatabase, type Database } from './connect.ts';

const template = inject('template');
if (template.url === null)
  process.stderr.write('skipped: the database going away (the embedded one cannot; set TEST_DATABASE_URL)\n');

test('a text of several statements that fails leaves no transaction open behind it', async () => {
  const { database } = await copyTemplate(template);
  await expect(database.raw('begin; create table half (); select 1 / 0; commit', [])).rejects.toMatchObject({
    code: '22012',
  });
  for (let connection = 0; connection < 4; connection += 1)
    expect(await database.raw(`select to_regclass('half') as half`, [])).toEqual([{ half: null }]);
  await database.close();
});

describe.skipIf(template.url === null)('when the database goes away', () => {
  let close: () => Promise<void>;
  let url: string;
  let proxy: TcpProxy;

  beforeAll(async () => {
    const copy = await copyTemplate(template);
    const direct = new URL(copy.url!);
    proxy = await createTcpProxy(direct);
    const through = new URL(direct);
    through.hostname = '127.0.0.1';
    through.port = String(proxy.port);
    const database: Database = await openDatabase({
      url: secret(through.href),
      poolSize: 4,
      dataDir: '',
      describe: '',
    });
    const config = testConfig();
    const parley: Parley = await compose(config, { database });
    const api = await createApi(parley);
    url = `http://127.0.0.1:${await listen(api, { host: '127.0.0.1', port: 0 })}`;
    close = async () => {
      await api.close();
      await parley.close();
      proxy.cut();
      await copy.database.close();
      rmSync(config.dataDir, { recursive: true, force: true });
    };
  });
  afterAll(() => close());

  const ready = async (): Promise<number> => (await fetch(`${url}/readyz`)).status;
  /** Milliseconds until /readyz says so. */
  const until = async (status: number): Promise<number> => {
    const began = performance.now();
    await expect.poll(ready, { timeout: 15_000, interval: 50 }).toBe(status);
    return performance.now() - began;
  };

  test('by closed connections, /readyz says so within 2 s, and takes it back within 2 s', async () => {
    await until(200);
    proxy.cut();
    expect(await until(503)).toBeLessThan(2_000);
    const answer = await fetch(`${url}/readyz`);
    expect(await answer.json()).toEqual({ status: 'not ready', checks: { database: 'does not answer' } });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await proxy.open();
    expect(await until(200)).toBeLessThan(2_000);
  });

  test('by silence, /readyz says so within 2 s, and recovers however long it was asked meanwhile', async () => {
    await until(200);
    proxy.fallSilent();
    expect(await until(503)).toBeLessThan(2_000);
    // Longer than there are connections to get stuck, one each second.
    for (let second = 0; second < 6; second += 1) {
      expect(await ready()).toBe(503);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
    proxy.wake();
    expect(await until(200)).toBeLessThan(3_000);
  });

  test('by connections whose other end is gone without a word, they are given up and replaced', async () => {
    await until(200);
    const setup = async (): Promise<number> => (await fetch(`${url}/v1/setup`)).status;
    // All of them are open and idle when it happens.
    await Promise.all(Array.from({ length: 8 }, setup));
    proxy.strand();
    await Promise.all(Array.from({ length: 8 }, setup));
    for (let request = 0; request < 8; request += 1) expect(await setup()).toBe(200);
    await until(200);
  }, 60_000);

  test('requests are told to come back, and work again afterwards', async () => {
    await until(200);
    proxy.cut();
    const answer = await fetch(`${url}/v1/setup`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(await answer.json()).toMatchObject({ code: 'unavailable', retryAfter: 2 });
    await proxy.open();
    await expect.poll(async () => (await fetch(`${url}/v1/setup`)).status, { timeout: 10_000 }).toBe(200);
  });
});
