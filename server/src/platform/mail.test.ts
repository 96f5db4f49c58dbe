import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLog } from './log.ts';
import { createMail, type Mail } from './mail.ts';
import { secret } from './secret.ts';

interface Session {
  envelope: { mailFrom: { address: string }; rcptTo: { address: string }[] };
}
type Done = (error?: Error | null, result?: { user: string }) => void;
interface SmtpOptions {
  authOptional?: boolean;
  disabledCommands: string[];
  logger: false;
  onAuth(credentials: { username: string; password: string }, session: Session, done: Done): void;
  onRcptTo(address: { address: string }, session: Session, done: Done): void;
  onData(stream: Readable, session: Session, done: Done): void;
}
/** The package has no types of its own. */
const { SMTPServer } = createRequire(import.meta.url)('smtp-server') as {
  SMTPServer: new (options: SmtpOptions) => { server: Server; listen: Server['listen']; close(done: () => void): void };
};

interface Received {
  from: string;
  to: string[];
  text: string;
}

let folder: string;
let closePeer: () => Promise<void> = async () => {};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-mail-'));
});
afterEach(async () => {
  await closePeer();
  closePeer = async () => {};
  rmSync(folder, { recursive: true });
});

const startPeer = async (): Promise<{ port: number; received: Received[] }> => {
  const received: Received[] = [];
  const peer = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    logger: false,
    onAuth: ({ username, password }, _session, done) =>
      username === 'parley' && password === 'pass word'
        ? done(null, { user: username })
        : done(new Error('Invalid login')),
    onRcptTo: ({ address }, _session, done) => done(address.startsWith('nobody@') ? new Error('No such person') : null),
    onData: (stream, { envelope }, done) => {
      void text(stream).then((all) => {
        received.push({
          from: envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          text: all,
        });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve));
  closePeer = () => new Promise((resolve) => peer.close(resolve));
  return { port: (peer.server.address() as AddressInfo).port, received };
};

const mailTo = (url: string | null, log = createLog('silent')): Mail =>
  createMail({
    smtpUrl: url === null ? null : secret(url),
    from: 'Parley <parley@example.org>',
    outbox: join(folder, 'outbox'),
    log,
  });

const letter = {
  to: 'alice@example.org',
  subject: 'Grüße, your link',
  text: 'https://parley.example.org/invite#token\n',
};

describe('mail by SMTP', () => {
  test('is taken by the server before send resolves', async () => {
    const { port, received } = await startPeer();
    const mail = mailTo(`smtp://parley:pass%20word@127.0.0.1:${port}`);
    expect(mail.kind).toBe('smtp');
    await mail.send(letter);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ from: 'parley@example.org', to: ['alice@example.org'] });
    expect(received[0]!.text).toContain('From: Parley <parley@example.org>');
    expect(received[0]!.text).toContain('https://parley.example.org/invite#token');
    expect(received[0]!.text).toMatch(/^Subject: =\?UTF-8\?/m);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ['a wrong password', (port: number) => `smtp://parley:hidden-word@127.0.0.1:${port}`, letter],
    [
      'a person unknown there',
      (port: number) => `smtp://parley:pass%20word@127.0.0.1:${port}`,
      { ...letter, to: 'nobody@example.org' },
    ],
    ['no server there', () => 'smtp://parley:hidden-word@127.0.0.1:1', letter],
  ])('fails for %s, without the password in the error', async (_what, url, sent) => {
    const { port, received } = await startPeer();
    const error = await mailTo(url(port))
      .send(sent)
      .then(
        () => null,
        (reason: unknown) => reason,
      );
    expect(error).toBeInstanceOf(Error);
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('hidden-word');
    expect(received).toEqual([]);
  });

  test('cannot be given further headers or people through a subject or an address', async () => {
    const { port, received } = await startPeer();
    const mail = mailTo(`smtp://parley:pass%20word@127.0.0.1:${port}`);
    await mail.send({ ...letter, subject: 'Hello\r\nBcc: eve@example.org\r\n\r\nBody' });
    await mail.send({ ...letter, to: 'alice@example.org\r\nBcc: eve@example.org' }).catch(() => {});
    for (const one of received) {
      expect(one.to).not.toContain('eve@example.org');
      expect(one.text).not.toMatch(/^bcc:/im);
    }
    expect(received.length).toBeGreaterThan(0);
  });
});

describe('mail without a server', () => {
  test('is kept in the outbox for its owner only, and the log says where but not what', async () => {
    const lines: string[] = [];
    const mail = mailTo(null, pino({}, { write: (line: string) => void lines.push(line) }));
    expect(mail.kind).toBe('outbox');
    await mail.send(letter);
    await mail.send({ ...letter, to: 'bob@example.org' });
    const files = readdirSync(join(folder, 'outbox')).sort();
    expect(files).toHaveLength(2);
    const [first, second] = files.map((file) => join(folder, 'outbox', file));
    expect(readFileSync(first!, 'utf8')).toContain('To: alice@example.org');
    expect(readFileSync(first!, 'utf8')).toContain('/invite#token');
    expect(readFileSync(second!, 'utf8')).toContain('To: bob@example.org');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain(first);
    expect(lines[0]).toContain('SMTP_URL');
    expect(lines.join()).not.toContain('token');
    if (process.platform === 'win32') return;
    expect(statSync(first!).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'outbox')).mode & 0o777).toBe(0o700);
  });
});
