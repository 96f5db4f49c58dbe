import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { newId } from './ids.ts';
import type { Logger } from './log.ts';
import type { Secret } from './secret.ts';

export interface Letter {
  to: string;
  subject: string;
  text: string;
}

export interface Mail {
  kind: 'smtp' | 'outbox';
  /** Resolves when the server has taken the letter; throws otherwise. */
  send(letter: Letter): Promise<void>;
}

/** An address that stands for one person: as text it could hold more of them, or headers. */
const onePerson = (address: string): { name: string; address: string } => {
  if (!/^[^\s<>,;:"()]+@[^\s<>,;:"()]+$/.test(address)) throw new Error('a letter goes to exactly one mail address');
  return { name: '', address };
};

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

/** A letter as a readable file (RFC 5322 with 8-bit text): unlike in transport, no line is folded, so a link stays whole. */
const asFile = (from: string, { to, subject, text }: Letter): string =>
  [
    `From: ${from}`,
    `To: ${onePerson(to).address}`,
    `Subject: ${oneLine(subject)}`,
    `Date: ${new Date().toUTCString()}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    text,
    '',
  ].join('\r\n');

/** Mail by SMTP, or into a folder of `.eml` files with a line in the log that says where. */
export const createMail = (options: { smtpUrl: Secret | null; from: string; outbox: string; log: Logger }): Mail => {
  if (options.smtpUrl) {
    const transport = createTransport(options.smtpUrl.reveal(), { from: options.from });
    return {
      kind: 'smtp',
      async send(letter) {
        await transport.sendMail({ ...letter, to: onePerson(letter.to) });
      },
    };
  }
  return {
    kind: 'outbox',
    async send(letter) {
      mkdirSync(options.outbox, { recursive: true, mode: 0o700 });
      const file = join(options.outbox, `${newId()}.eml`);
      writeFileSync(file, asFile(options.from, letter), { mode: 0o600 });
      options.log.warn({ file }, 'no mail server is configured (SMTP_URL): the letter was written to a file');
    },
  };
};
