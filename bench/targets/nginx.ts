import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort, type StartProcess } from '../processes.ts';
import { createRawTarget } from './raw.ts';
import type { Target } from './target.ts';

const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

const configOf = (folder: string, port: number, upstream: string): string => `
${process.getuid?.() === 0 ? `user ${userInfo().username};` : ''}
worker_processes 1;
daemon off;
pid ${join(folder, 'nginx.pid')};
error_log stderr notice;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 10000000;
  client_body_buffer_size 128k;
  ${temporary.map((name) => `${name}_temp_path ${join(folder, name)};`).join('\n  ')}
  upstream model {
    server ${new URL(upstream).host};
    keepalive 2048;
    keepalive_requests 10000000;
    keepalive_timeout 20s;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://model;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`;

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** nginx as a proxy that does not hold the stream back; null when it is not installed. */
export const startNginx = async (start: StartProcess, folder: string, upstream: string): Promise<Target | null> => {
  if (spawnSync('nginx', ['-v']).error) return null;
  const port = await freePort();
  const own = join(folder, 'nginx');
  mkdirSync(own);
  const file = join(own, 'nginx.conf');
  writeFileSync(file, configOf(own, port, upstream));
  const { pid } = await start({
    name: 'nginx',
    use: 'server',
    command: 'nginx',
    argv: ['-e', 'stderr', '-p', own, '-c', file],
    ready: /start worker process \d/,
  });
  for (let attempt = 0; !(await accepts(port)); attempt += 1) {
    if (attempt === 50) throw new Error('nginx does not accept connections');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return createRawTarget('nginx', `http://127.0.0.1:${port}`, pid);
};
