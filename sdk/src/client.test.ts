import { expect, test, vi } from 'vitest';
import { createClient, ParleyError } from './index.ts';
import { problemOf, sendJson, startPeer } from './testing/peer.ts';

const failureOf = async (call: Promise<unknown>): Promise<ParleyError> => {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ParleyError)) throw new Error(`expected a ParleyError, got ${String(error)}`);
  return error;
};

test('sends path, query, body, workspace and own headers', async () => {
  await using peer = await startPeer((_, response) => sendJson(response, 200, { items: [], nextCursor: null }));
  const client = createClient({ baseUrl: `${peer.baseUrl}/`, headers: () => ({ origin: 'https://own.test' }) });
  await client.conversations.list({ cursor: 'a&b', limit: 5 });
  await client.inWorkspace('workspace-1').bots.update('a/b', { name: 'Ada' });
  await client.inWorkspace('workspace-1').inWorkspace(null).auth.signOut();
  const [list, update, signOut] = peer.requests;
  expect(list).toMatchObject({ method: 'GET', url: '/v1/conversations?cursor=a%26b&limit=5' });
  expect(list?.headers).toMatchObject({ origin: 'https://own.test', accept: 'application/json' });
  expect(list?.headers['parley-workspace']).toBeUndefined();
  expect(update).toMatchObject({ method: 'PATCH', url: '/v1/bots/a%2Fb', body: '{"name":"Ada"}' });
  expect(update?.headers).toMatchObject({ 'parley-workspace': 'workspace-1', 'content-type': 'application/json' });
  expect(signOut).toMatchObject({ method: 'POST', url: '/v1/auth/sign-out', body: '' });
  expect(signOut?.headers['parley-workspace']).toBeUndefined();
  expect(signOut?.headers['content-type']).toBeUndefined();
});

test('resolves with nothing for 204', async () => {
  await using peer = await startPeer((_, response) => void response.writeHead(204).end());
  expect(await createClient({ baseUrl: peer.baseUrl }).bots.delete('bot-1')).toBeUndefined();
});

test('turns a problem document into a ParleyError', async () => {
  const errors = [{ path: 'name', message: 'is too long' }];
  const problem = problemOf(400, 'invalid_request', { errors, field: 'extra' });
  await using peer = await startPeer((_, response) => sendJson(response, 400, problem));
  const error = await failureOf(createClient({ baseUrl: peer.baseUrl }).me.get());
  expect(error).toMatchObject({ name: 'ParleyError', code: 'invalid_request', status: 400, requestId: 'request-1' });
  expect(error).toMatchObject({ message: 'Detail of invalid_request.', errors, retryAfter: null, problem });
});

test.each([
  ['7', 7],
  [new Date(Date.now() + 60_000).toUTCString(), expect.closeTo(60, -1)],
  ['soon', null],
])('reads Retry-After: %s', async (header, retryAfter) => {
  const problem = problemOf(429, 'rate_limited');
  await using peer = await startPeer((_, response) => sendJson(response, 429, problem, { 'retry-after': header }));
  expect(await failureOf(createClient({ baseUrl: peer.baseUrl }).me.get())).toMatchObject({
    code: 'rate_limited',
    retryAfter,
  });
});

test.each([
  [502, 'unavailable'],
  [500, 'internal'],
  [404, 'not_found'],
  [418, 'invalid_request'],
])('gives a proxy page with status %i the code %s', async (status, code) => {
  await using peer = await startPeer((_, response) => void response.writeHead(status).end('<html>'));
  expect(await failureOf(createClient({ baseUrl: peer.baseUrl }).me.get())).toMatchObject({ code, status });
});

test('refuses a success that is not JSON', async () => {
  await using peer = await startPeer((_, response) => void response.writeHead(200).end('<html>'));
  expect(await failureOf(createClient({ baseUrl: peer.baseUrl }).me.get())).toMatchObject({ code: 'invalid_response' });
});

test('calls an unreachable server and a cut answer a network error', async () => {
  await using peer = await startPeer((_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{"a":');
    setTimeout(() => response.destroy(), 10);
  });
  expect(await failureOf(createClient({ baseUrl: peer.baseUrl }).me.get())).toMatchObject({
    code: 'network',
    status: 0,
  });
  const nobody = createClient({ baseUrl: 'http://127.0.0.1:1' });
  expect(await failureOf(nobody.me.get())).toMatchObject({ code: 'network', status: 0 });
});

test('sends once more with the same key after the connection broke', async () => {
  await using peer = await startPeer((_, response, attempt) => {
    if (attempt === 0) response.destroy();
    else if (attempt === 1) sendJson(response, 503, problemOf(503, 'unavailable'));
    else sendJson(response, 201, { run: { id: 'run-1' } });
  });
  const turn = await createClient({ baseUrl: peer.baseUrl }).conversations.send('c', { text: 'hi', parentId: null });
  expect(turn.run.id).toBe('run-1');
  const keys = peer.requests.map((request) => request.headers['idempotency-key']);
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(peer.requests.map((request) => request.body)).toEqual(Array(3).fill('{"text":"hi","parentId":null}'));
});

test('chooses a new key for every send, takes the given one, and makes one on pages without randomUUID', async () => {
  await using peer = await startPeer((_, response) => sendJson(response, 201, {}));
  const { conversations } = createClient({ baseUrl: peer.baseUrl });
  await conversations.regenerate('c', 'm');
  await conversations.regenerate('c', 'm');
  await conversations.regenerate('c', 'm', { idempotencyKey: 'mine' });
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
  await conversations.regenerate('c', 'm').finally(() => vi.unstubAllGlobals());
  const [first, second, third, fourth] = peer.requests.map((request) => request.headers['idempotency-key']);
  expect(first).not.toBe(second);
  expect(third).toBe('mine');
  expect(fourth).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(peer.requests[0]).toMatchObject({ url: '/v1/conversations/c/messages/m/answers', body: '{}' });
});

test('gives up after three resends, and at once when asked to wait long or refused', async () => {
  const answers = [
    ...Array.from({ length: 4 }, () => ({ status: 503, code: 'unavailable', retryAfter: undefined })),
    { status: 503, code: 'unavailable', retryAfter: 60 },
    { status: 422, code: 'idempotency_mismatch', retryAfter: undefined },
  ];
  await using peer = await startPeer((_, response, attempt) => {
    const { status, code, retryAfter } = answers[attempt] ?? { status: 500, code: 'internal', retryAfter: undefined };
    sendJson(response, status, problemOf(status, code, { retryAfter }));
  });
  const send = () => createClient({ baseUrl: peer.baseUrl }).conversations.send('c', { text: 'hi' });
  expect(await failureOf(send())).toMatchObject({ code: 'unavailable', retryAfter: null });
  expect(peer.requests).toHaveLength(4);
  expect(await failureOf(send())).toMatchObject({ code: 'unavailable', retryAfter: 60 });
  expect(peer.requests).toHaveLength(5);
  expect(await failureOf(send())).toMatchObject({ code: 'idempotency_mismatch' });
  expect(peer.requests).toHaveLength(6);
});

test('stops resending when the caller aborts', async () => {
  const controller = new AbortController();
  await using peer = await startPeer((_, response) => {
    response.destroy();
    setTimeout(() => controller.abort(new Error('left')), 20);
  });
  const { conversations } = createClient({ baseUrl: peer.baseUrl });
  await expect(conversations.send('c', { text: 'hi' }, { signal: controller.signal })).rejects.toThrow('left');
  expect(peer.requests).toHaveLength(1);
});
