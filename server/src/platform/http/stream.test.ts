import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { expect, it, vi } from 'vitest';
import { openEventStream, type EventStream } from './stream.ts';

const frame = `data: ${'x'.repeat(64 * 1024)}\n\n`;
const enough = 1_000;

/** Opens a stream over a real socket; the reader gets the response as it comes. */
const connect = async () => {
  const app = fastify();
  const opened = new Promise<EventStream>((resolve) => {
    app.get('/', (_request, reply) => resolve(openEventStream(reply)));
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const response = await new Promise<IncomingMessage>((resolve) => get({ port, host: '127.0.0.1' }, resolve));
  return { stream: await opened, response, close: () => app.close() };
};

/** Writes until the stream gives up, with room between for what the reader takes; the number of frames taken. */
const fill = async (stream: EventStream): Promise<number> => {
  for (let written = 0; written < enough; written += 1) {
    if (!stream.write(frame)) return written;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return enough;
};

it('drops a reader that does not read, instead of keeping what it lacks', async () => {
  const { stream, response, close } = await connect();
  const gone = new Promise<void>((resolve) => stream.onClose(resolve));
  const broken = new Promise((resolve) => response.on('error', resolve));
  // What two sockets hold on one machine is a few megabytes; far below this a stuck reader is gone.
  expect(await fill(stream)).toBeLessThan(enough);
  await gone;
  expect(stream.write(frame)).toBe(false);
  response.resume();
  await broken;
  expect(response.complete).toBe(false);
  await close();
});

it('gives a reader that reads all of it, and a proper end', async () => {
  const { stream, response, close } = await connect();
  let bytes = 0;
  response.on('data', (chunk: Buffer) => (bytes += chunk.length));
  const ended = new Promise((resolve) => response.on('end', resolve));
  for (let written = 0; written < 100; written += 1) {
    expect(stream.write(frame)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  stream.close();
  await ended;
  expect(response.complete).toBe(true);
  expect(bytes).toBeGreaterThanOrEqual(100 * frame.length);
  await close();
});

it('tells a reader of a silent stream that the connection lives, at least every 15 s', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const { response, close } = await connect();
    let text = '';
    response.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await expect.poll(() => text).toMatch(/^retry: \d+\n\n$/);
    vi.advanceTimersByTime(15_000);
    await expect.poll(() => text).toMatch(/^retry: \d+\n\n(:\n\n)+$/);
    response.destroy();
    await close();
  } finally {
    vi.useRealTimers();
  }
});

it('paces what is sent by what the reader takes', async () => {
  const { stream, response, close } = await connect();
  let taken = 0;
  const whole = 100 * frame.length;
  response.on('data', (chunk: Buffer) => (taken += chunk.length));
  for (let written = 0; written < 100; written += 1) {
    expect(stream.write(frame)).toBe(true);
    expect(await stream.ready()).toBe(true);
  }
  stream.close();
  await expect.poll(() => taken).toBeGreaterThanOrEqual(whole);
  await close();
});
