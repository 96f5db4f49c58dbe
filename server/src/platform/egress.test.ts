import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createAddressRules } from './egress-addresses.ts';
import { createEgress, type Egress, type EgressOptions } from './egress.ts';
import { AppError } from './errors.ts';

const log = { warn: () => undefined };
const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

const egressWith = (allow: string[], options: Partial<EgressOptions> = {}): Egress => {
  const egress = createEgress({ allow, log, ...options });
  opened.push(() => egress.close());
  return egress;
};
const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return (server.address() as AddressInfo).port;
};
const serve = (listener: RequestListener): Promise<number> => listen(createServer(listener));
const failure = async (promise: Promise<unknown>): Promise<AppError> => {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
};
const never = new AbortController().signal;

test('permits only public addresses', () => {
  const { permits } = createAddressRules([]);
  const refused =
    `127.0.0.1 127.9.9.9 10.1.2.3 172.16.0.1 172.31.255.255 192.168.0.1 169.254.169.254 100.64.0.1 100.100.100.200
    0.0.0.0 224.0.0.1 255.255.255.255 198.18.0.1 192.0.2.1 240.0.0.1 168.63.129.16 192.0.0.192
    :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:7f00:1 fe80::1 fc00::1 fd00:ec2::254 fec0::1 ff02::1 64:ff9b::7f00:1
    64:ff9b:1::1 2002:7f00:1:: 2001::1 2001:db8::1 100::1 ::ffff:0:7f00:1`.split(/\s+/);
  for (const address of refused) expect([address, permits(address, address, 80)]).toEqual([address, false]);
  for (const address of ['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.63.0.1', '2606:4700::1111', '2a00:1450:4001::8']) {
    expect([address, permits(address, address, 80)]).toEqual([address, true]);
  }
});

test('reads every form of the allow list and names an entry it cannot read', () => {
  const { permits } = createAddressRules([
    '127.0.0.1:11434',
    'localhost:8000',
    '10.0.0.0/8',
    '[::1]:8080',
    '192.168.1.9',
  ]);
  expect(permits('127.0.0.1', '127.0.0.1', 11434)).toBe(true);
  expect(permits('127.0.0.1', '127.0.0.1', 11435)).toBe(false);
  expect(permits('::1', 'localhost', 8000)).toBe(true);
  expect(permits('127.0.0.1', 'LOCALHOST.', 8000)).toBe(true);
  expect(permits('10.9.9.9', 'inside.example', 1)).toBe(true);
  expect(permits('::1', '::1', 8080)).toBe(true);
  expect(permits('::1', '::1', 8081)).toBe(false);
  expect(permits('192.168.1.9', 'x', 22)).toBe(true);
  expect(permits('192.168.1.8', 'x', 22)).toBe(false);
  for (const wrong of ['localhost', 'a:b', 'http://x:1', '10.0.0.0/99', 'a b:1']) {
    expect(() => createAddressRules([wrong])).toThrow(wrong);
  }
});

test('refuses literal private addresses in all their spellings and says what to set', async () => {
  const port = await serve((_request, response) => response.end('secret'));
  const egress = egressWith([]);
  for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', '0', '017700000001']) {
    const error = await failure(egress.request({ method: 'GET', url: `http://${host}:${port}/` }));
    expect(error.code).toBe('forbidden');
    expect(error.message).toMatch(/EGRESS_ALLOW=\S+:\d+/);
  }
  const stream = egress.stream(
    { method: 'GET', url: `http://127.0.0.1:${port}/`, headers: {}, body: null, signal: never, connectTimeoutMs: 1000 },
    { head: () => undefined, data: () => undefined },
  );
  expect((await failure(stream)).message).toContain(`EGRESS_ALLOW=127.0.0.1:${port}`);
});

test('judges what a name resolves to, all of it, and connects to exactly that', async () => {
  const port = await serve((request, response) => response.end(request.headers.host));
  let lookups = 0;
  const answers = [
    [{ address: '127.0.0.1', family: 4 }],
    [
      { address: '93.184.216.34', family: 4 },
      { address: '10.0.0.7', family: 4 },
    ],
  ];
  const lookup: EgressOptions['lookup'] = (_host, _options, done) => done(null, answers[lookups++ % 2]!);
  const strict = egressWith([], { lookup });
  const single = await failure(strict.request({ method: 'GET', url: `http://inside.example:${port}/` }));
  expect(single.code).toBe('forbidden');
  expect(single.message).toContain('127.0.0.1');
  expect(single.message).toContain(`EGRESS_ALLOW=inside.example:${port}`);
  const mixed = await failure(strict.request({ method: 'GET', url: `http://mixed.example:${port}/` }));
  expect(mixed.message).toContain('10.0.0.7');

  lookups = 0;
  const allowed = egressWith([`inside.example:${port}`], { lookup });
  const answer = await allowed.request({ method: 'GET', url: `http://inside.example:${port}/` });
  expect(answer.text).toBe(`inside.example:${port}`);
  expect(lookups).toBe(1);
});

test('accepts only http and https without credentials', async () => {
  const egress = egressWith([]);
  for (const url of [
    'ftp://example.com/',
    'file:///etc/passwd',
    'javascript:1',
    'nonsense',
    'https://me:pass@example.com/',
  ]) {
    expect((await failure(egress.request({ method: 'GET', url }))).code).toBe('invalid_request');
  }
});

test('follows redirects, checks each one, and keeps credentials on their origin', async () => {
  const seen: Record<string, unknown>[] = [];
  const other = await serve((request, response) => {
    seen.push({ ...request.headers, method: request.method });
    response.end('there');
  });
  const port = await serve((request, response) => {
    const location =
      request.url === '/same' ? '/next' : request.url === '/next' ? `http://127.0.0.1:${other}/` : request.url;
    if (request.url === '/next') seen.push(request.headers);
    const inside = request.url === '/inside' ? 'http://10.0.0.1/' : location;
    response.writeHead(302, { location: inside }).end();
  });
  const egress = egressWith([`127.0.0.1:${port}`, `127.0.0.1:${other}`]);
  const headers = { Authorization: 'Bearer key', Cookie: 'a=b', 'X-Api-Key': 'key', accept: 'text/plain' };
  const base = `http://127.0.0.1:${port}`;
  const answer = await egress.request({ method: 'POST', url: `${base}/same`, headers, body: 'x' });
  expect(answer.text).toBe('there');
  expect(seen[0]).toMatchObject({ authorization: 'Bearer key', 'x-api-key': 'key' });
  expect(seen[1]).toMatchObject({ accept: 'text/plain', method: 'GET' });
  for (const name of ['authorization', 'cookie', 'x-api-key']) expect(seen[1]).not.toHaveProperty(name);
  expect((await failure(egress.request({ method: 'GET', url: `${base}/loop` }))).message).toContain('more than 5');
  expect((await failure(egress.request({ method: 'GET', url: `${base}/inside` }))).code).toBe('forbidden');
});

test('limits bytes and time', async () => {
  const port = await serve((request, response) => {
    if (request.url === '/silent') return;
    response.end('x'.repeat(2000));
  });
  const egress = egressWith([`127.0.0.1:${port}`]);
  const base = `http://127.0.0.1:${port}`;
  expect((await egress.request({ method: 'GET', url: base, maxBytes: 2000 })).text).toHaveLength(2000);
  expect((await failure(egress.request({ method: 'GET', url: base, maxBytes: 1999 }))).message).toContain('1999 bytes');
  const late = await failure(egress.request({ method: 'GET', url: `${base}/silent`, timeoutMs: 60 }));
  expect(late.code).toBe('unavailable');
});

test('names the reason when nothing answers', async () => {
  const closed = createTcpServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const error = await failure(egressWith(['127.0.0.0/8']).request({ method: 'GET', url: `http://127.0.0.1:${port}/` }));
  expect(error.code).toBe('unavailable');
  expect(error.message).toContain('connection refused');
});

test('streams over kept connections, and an abort closes the socket at once', async () => {
  const sockets = new Set<Socket>();
  const gone: string[] = [];
  const server = createServer((request, response) => {
    response.write('one');
    if (request.url === '/short') return void response.end('two');
    request.socket.once('close', () => gone.push(request.url!));
  });
  server.on('connection', (socket) => sockets.add(socket));
  const port = await listen(server);
  const egress = egressWith([`127.0.0.1:${port}`]);
  const request = { method: 'GET', headers: {}, body: null, connectTimeoutMs: 1000 };
  for (let i = 0; i < 6; i += 1) {
    const chunks: Buffer[] = [];
    await egress.stream(
      { ...request, url: `http://127.0.0.1:${port}/short`, signal: never },
      { head: (status) => expect(status).toBe(200), data: (chunk) => chunks.push(chunk) },
    );
    expect(Buffer.concat(chunks).toString()).toBe('onetwo');
  }
  // A request made in the very tick in which the one before ended may open a second one.
  expect(sockets.size).toBeLessThanOrEqual(2);

  const stop = new AbortController();
  const reason = new Error('stopped');
  const running = egress.stream(
    { ...request, url: `http://127.0.0.1:${port}/long`, signal: stop.signal },
    { head: () => undefined, data: () => stop.abort(reason) },
  );
  await expect(running).rejects.toBe(reason);
  await expect.poll(() => gone).toEqual(['/long']);
});

test('pause holds the body back, resume from inside another stream is safe', async () => {
  const port = await serve((request, response) => {
    let left = request.url === '/big' ? 200 : 20;
    const timer = setInterval(() => {
      response.write(Buffer.alloc(request.url === '/big' ? 60_000 : 10));
      left -= 1;
      if (left === 0) {
        clearInterval(timer);
        response.end();
      }
    }, 1);
  });
  const egress = egressWith([`127.0.0.1:${port}`]);
  const request = { method: 'GET', headers: {}, body: null, signal: never, connectTimeoutMs: 1000 };
  let bytes = 0;
  let held = 0;
  let release = (): void => undefined;
  const big = egress.stream(
    { ...request, url: `http://127.0.0.1:${port}/big` },
    {
      head: (_status, _headers, flow) => {
        release = flow.resume;
        flow.pause();
      },
      data: (chunk) => {
        bytes += chunk.length;
      },
    },
  );
  let chunks = 0;
  await egress.stream(
    { ...request, url: `http://127.0.0.1:${port}/small` },
    {
      head: () => undefined,
      data: () => {
        chunks += 1;
        if (chunks === 15) {
          held = bytes;
          release();
        }
      },
    },
  );
  await big;
  expect(held).toBeLessThanOrEqual(65_536);
  expect(bytes).toBe(200 * 60_000);
});
