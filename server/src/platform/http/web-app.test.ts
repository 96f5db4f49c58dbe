import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLog } from '../log.ts';
import { createTelemetry } from '../telemetry.ts';
import { createHttp } from './app.ts';

const base = mkdtempSync(join(tmpdir(), 'parley-web-'));
const folder = join(base, 'dist');
mkdirSync(join(folder, 'assets'), { recursive: true });
writeFileSync(
  join(folder, 'index.html'),
  '<!doctype html><html><head><script src="/theme.js"></script><script type="module" src="/assets/main-1a2b.js"></script></head><body></body></html>',
);
writeFileSync(join(folder, 'theme.js'), '1');
writeFileSync(join(folder, 'assets/main-1a2b.js'), '2'.repeat(5_000));
writeFileSync(join(base, 'secret.txt'), 'hidden-word');
symlinkSync(join(base, 'secret.txt'), join(folder, 'link.txt'));
afterAll(() => rmSync(base, { recursive: true }));

const closers: (() => Promise<void>)[] = [];
const serve = async (publicUrl: string, webFolder: string): Promise<string> => {
  const app = await createHttp({
    publicUrl,
    trustedProxies: [],
    resolveCaller: async () => null,
    routes: [(routes) => void routes.get('/v1/thing', { config: { access: 'public' } }, () => ({ a: 1 }))],
    log: createLog('silent'),
    telemetry: createTelemetry(() => 0),
    version: '0',
    webFolder,
  });
  closers.push(() => app.close());
  return app.listen({ host: '127.0.0.1', port: 0 });
};

let url: string;
beforeAll(async () => {
  url = await serve('http://localhost', folder);
});
afterAll(async () => {
  for (const close of closers) await close();
});

const html = { accept: 'text/html,application/xhtml+xml' };
const nonceOf = (response: Response): string =>
  /script-src 'self' 'nonce-([^']+)'/.exec(response.headers.get('content-security-policy') ?? '')?.[1] ?? '';

describe('the page', () => {
  test('runs only scripts with its nonce, another each time', async () => {
    const nonces = new Set<string>();
    for (let index = 0; index < 5; index += 1) {
      const response = await fetch(url, { headers: html });
      const text = await response.text();
      const nonce = nonceOf(response);
      expect(Buffer.from(nonce, 'base64').length).toBeGreaterThanOrEqual(16);
      expect(text.match(/<script/g)).toHaveLength(2);
      expect(text.split(`<script nonce="${nonce}"`)).toHaveLength(3);
      nonces.add(nonce);
    }
    expect(nonces.size).toBe(5);
  });

  test('has a policy without unsafe scripts, and is not kept or framed', async () => {
    const response = await fetch(url, { headers: html });
    const policy = response.headers.get('content-security-policy')!;
    const directives = new Map(
      policy.split('; ').map((part) => [part.split(' ')[0]!, part.slice(part.indexOf(' ') + 1)]),
    );
    expect(directives.get('default-src')).toBe("'none'");
    expect(directives.get('script-src')).not.toMatch(/unsafe|\*|https?:|data:/);
    expect(directives.get('frame-ancestors')).toBe("'none'");
    expect(directives.get('base-uri')).toBe("'none'");
    expect(directives.get('connect-src')).toBe("'self'");
    expect(directives.get('img-src')).not.toMatch(/https?:|\*/);
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  test.each([
    '/',
    '/bots',
    '/c/01890a5d-ac96-774b-bcce-b302099a8057',
    '/settings/models?tab=1',
    '/v10',
    '/reset-password',
  ])('is what a browser gets at %s', async (path) => {
    const response = await fetch(url + path, { headers: html });
    expect(response.status).toBe(200);
    expect(nonceOf(response)).not.toBe('');
    expect(await response.text()).toContain('<!doctype html>');
  });

  test.each<[string, RequestInit]>([
    ['/v1/unknown', { headers: html }],
    ['/v1', { headers: html }],
    ['/v1/', { headers: html }],
    ['/v1?a=b', { headers: html }],
    ['/assets/main-old.js', { headers: html }],
    ['/bots', { headers: { accept: 'application/json' } }],
    ['/favicon.ico', { headers: { accept: 'image/*' } }],
    ['/bots', { headers: html, method: 'POST' }],
    ['/link.txt', { headers: { accept: 'text/plain' } }],
    ['/..%2fsecret.txt', { headers: { accept: 'text/plain' } }],
    ['/%2e%2e/secret.txt', { headers: { accept: 'text/plain' } }],
    ['/assets/..%2f..%2fsecret.txt', { headers: { accept: 'text/plain' } }],
    ['/index.html.map', { headers: { accept: '*/*' } }],
  ])('is not what %s with %j gets: that is not found', async (path, init) => {
    const response = await fetch(url + path, init);
    const text = await response.text();
    expect(text).not.toContain('hidden-word');
    expect(response.status, text).toBe(404);
    expect(JSON.parse(text)).toMatchObject({ code: 'not_found' });
  });

  test('is not there when it was not built: the API serves alone', async () => {
    const alone = await serve('http://localhost', join(base, 'nowhere'));
    expect((await fetch(alone, { headers: html })).status).toBe(404);
    expect((await fetch(`${alone}/v1/thing`)).status).toBe(200);
  });
});

describe('files', () => {
  test('with a hash in their name are kept for ever, others are asked for again', async () => {
    const asset = await fetch(`${url}/assets/main-1a2b.js`);
    expect(asset.status).toBe(200);
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(asset.headers.get('content-type')).toMatch(/javascript/);
    const theme = await fetch(`${url}/theme.js`);
    expect(theme.headers.get('cache-control')).toBe('no-cache');
  });

  test('index.html as a file is the page with a nonce, or not there', async () => {
    const response = await fetch(`${url}/index.html`, { headers: html });
    if (response.status === 200) expect(nonceOf(response)).not.toBe('');
    else expect(response.status).toBe(404);
  });

  test('are packed for those who can unpack', async () => {
    const asset = await fetch(`${url}/assets/main-1a2b.js`, { headers: { 'accept-encoding': 'gzip' } });
    expect(asset.headers.get('content-encoding')).toBe('gzip');
    expect(await asset.text()).toHaveLength(5_000);
  });
});

describe('the headers of every answer', () => {
  test.each(['/v1/thing', '/v1/unknown', '/theme.js', '/'])('at %s', async (path) => {
    const { headers } = await fetch(url + path, { headers: html });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('permissions-policy')).toContain('camera=()');
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  test('ask for https for a year when the public address has it, and only then', async () => {
    expect((await fetch(`${url}/v1/thing`)).headers.get('strict-transport-security')).toBeNull();
    const secure = await serve('https://parley.example.org', folder);
    for (const path of ['/v1/thing', '/', '/v1/unknown'])
      expect((await fetch(secure + path, { headers: html })).headers.get('strict-transport-security')).toMatch(
        /max-age=31536000/,
      );
  });

  test('on data let nothing run', async () => {
    const { headers } = await fetch(`${url}/v1/thing`);
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
  });
});
