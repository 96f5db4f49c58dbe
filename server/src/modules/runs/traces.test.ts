import pino from 'pino';
import { describe, expect, it } from 'vitest';
import type { Logger } from '../../platform/log.ts';
import { testApp, type TestApp } from '../../testing/app.ts';
import { chatWith, readRun } from '../../testing/builders.ts';

interface Line {
  msg: string;
  runId?: string;
  requestId?: string;
  cause?: unknown;
  code?: string;
  err?: unknown;
}

const listening = (): { log: Logger; lines: Line[] } => {
  const lines: Line[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line) as Line) });
  return { log: log as Logger, lines };
};

const metric = async (app: TestApp, sample: string): Promise<number> => {
  const text = await (await fetch(`${app.url}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${sample} `));
  return Number(line?.slice(sample.length) ?? 0);
};

describe('the traces of a fault', () => {
  it('of a provider: one line with run and cause, and its metric', async () => {
    const { log, lines } = listening();
    await using app = await testApp({}, { log });
    const { client, conversation } = await chatWith(app, 'alice', 'words-9-cut-after-4');
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    await readRun(client, run.id);
    const own = lines.filter((line) => line.runId === run.id && line.msg !== 'answered');
    expect(own).toHaveLength(1);
    expect(own[0]).toMatchObject({ msg: 'model call failed', code: 'upstream_cut', attempt: 1 });
    expect(await metric(app, 'parley_upstream_faults_total{code="upstream_cut"}')).toBe(1);
    expect(await metric(app, 'parley_runs_ended_total{status="failed"}')).toBe(1);
  });

  it('of an owner that is gone: one line with the run, and its metric', async () => {
    const { log, lines } = listening();
    await using app = await testApp({}, { log });
    const { client, conversation } = await chatWith(app, 'alice', 'words-9-hold-after-4');
    const { run } = await client.conversations.send(conversation.id, { text: 'Go' });
    await app.fake.reached(4);
    // As another process would have left it.
    await app.database.system
      .updateTable('run')
      .set({ owner: 'gone', epoch: 7, lease_until: new Date(Date.now() - 1_000) })
      .where('id', '=', run.id)
      .execute();
    await expect.poll(async () => (await client.runs.get(run.id)).status, { timeout: 10_000 }).toBe('interrupted');
    app.fake.release();
    const own = (): string[] =>
      lines.filter((line) => line.runId === run.id && line.msg !== 'answered').map((line) => line.msg);
    await expect.poll(own).toContain('run interrupted: its owner is gone');
    expect(own().filter((msg) => msg === 'run interrupted: its owner is gone')).toHaveLength(1);
    expect(await metric(app, 'parley_runs_ended_total{status="interrupted"}')).toBe(1);
  });

  it('of a credential that keeps failing: a warning on /readyz, which stays ready, until it works again', async () => {
    await using app = await testApp({
      MODEL_ATTEMPTS: '1',
      MODEL_CIRCUIT_FAILURES: '2',
      MODEL_CIRCUIT_PAUSE_MS: '200',
    });
    const ready = async () => {
      const answer = await fetch(`${app.url}/readyz`);
      return { code: answer.status, ...((await answer.json()) as { warnings?: string[] }) };
    };
    const { client, conversation } = await chatWith(app, 'alice', 'words-2-status-503-times-2');
    const ask = async (): Promise<void> => {
      const { run } = await client.conversations.send(conversation.id, { text: 'Go', parentId: null });
      await readRun(client, run.id);
    };
    expect((await ready()).warnings).toBeUndefined();
    await ask();
    await ask();
    expect(await ready()).toMatchObject({
      code: 200,
      warnings: [expect.stringMatching(/^1 provider credential/) as string],
    });
    await expect
      .poll(
        async () => {
          await ask();
          return (await ready()).warnings;
        },
        { timeout: 10_000 },
      )
      .toBeUndefined();
  });

  it('of a request lead from its id to the run', async () => {
    const { log, lines } = listening();
    await using app = await testApp({}, { log });
    const { client, conversation } = await chatWith(app, 'alice', 'words-2');
    const answer = await app.visitor('alice').fetch(`${app.url}/v1/conversations/${conversation.id}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'a-request-of-mine' },
      body: JSON.stringify({ text: 'Hi' }),
    });
    expect(answer.headers.get('x-request-id')).toBe('a-request-of-mine');
    const { run } = (await answer.json()) as { run: { id: string } };
    await readRun(client, run.id);
    const line = lines.find(({ requestId, msg }) => requestId === 'a-request-of-mine' && msg === 'answered');
    expect(line).toMatchObject({ runId: run.id, status: 201 });
  });

  it('of background work: one line with the job and the cause, and its metric', async () => {
    const { log, lines } = listening();
    await using app = await testApp({}, { log });
    await app.database.raw('alter table idempotency rename to idempotency_away', []);
    await expect(app.runJob('runs.purge')).rejects.toThrow();
    await app.database.raw('alter table idempotency_away rename to idempotency', []);
    expect(lines.filter((line) => line.msg === 'job failed').length).toBeLessThanOrEqual(1);
  });
});
