import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { createFakeModel, type FakeModel } from '../server/src/testing/fake-model.ts';
import { freePort, startServer, type ServerProcess } from '../server/src/testing/server-process.ts';

/** A fresh installation with the real server, its built web app and a real browser. */
export interface Installation extends AsyncDisposable {
  url: string;
  browser: Browser;
  fake: FakeModel;
  server: ServerProcess;
  /** A browser profile of its own. */
  person(options?: PersonOptions): Promise<Visit>;
  /** Text of the letters written so far, oldest first. */
  letters(): string[];
  /** SIGKILL, and the same server again. */
  restart(): Promise<void>;
}

export interface PersonOptions {
  width?: number;
  height?: number;
  colorScheme?: 'light' | 'dark';
  locale?: string;
}

export interface Visit {
  context: BrowserContext;
  page: Page;
  /** What no page may do: errors in the console, requests to another origin. */
  faults: string[];
}

const flags = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'];

export const install = async (settings: Record<string, string> = {}): Promise<Installation> => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-e2e-'));
  const dataDir = join(folder, 'data');
  const fake = await createFakeModel();
  const environment = {
    PORT: String(await freePort()),
    DATA_DIR: dataDir,
    EGRESS_ALLOW: '127.0.0.0/8',
    OLLAMA_URL: 'http://127.0.0.1:9',
    ...settings,
  };
  const starting = startServer(environment);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags });
  let server = await starting;
  return {
    url: server.url,
    browser,
    fake,
    get server() {
      return server;
    },
    async person(options = {}) {
      const context = await browser.newContext({
        viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
        colorScheme: options.colorScheme ?? 'light',
        locale: options.locale ?? 'en-GB',
        baseURL: server.url,
        reducedMotion: 'reduce',
      });
      const faults: string[] = [];
      context.on('weberror', (error) => faults.push(String(error.error())));
      context.on('console', (message) => {
        // A refused request is told by the page itself; the browser's line about it is no fault of the page.
        if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) faults.push(message.text());
      });
      context.on('request', (request) => {
        const { protocol, origin } = new URL(request.url());
        if (protocol.startsWith('http') && origin !== server.url) faults.push(`left the origin: ${request.url()}`);
      });
      return { context, page: await context.newPage(), faults };
    },
    letters() {
      const outbox = join(dataDir, 'outbox');
      if (!existsSync(outbox)) return [];
      return readdirSync(outbox)
        .sort()
        .map((file) => readFileSync(join(outbox, file), 'utf8'));
    },
    async restart() {
      await server.kill();
      server = await startServer(environment);
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await server.kill();
      await fake.close();
      rmSync(folder, { recursive: true, force: true });
      const failures = server.output().match(/^.*"level":"(error|fatal)".*$/gm);
      if (failures !== null) throw new Error(`the server logged failures:\n${failures.join('\n')}`);
    },
  };
};
