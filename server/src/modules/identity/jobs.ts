import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import { defineJob } from '../../platform/jobs.ts';
import type { Mail } from '../../platform/mail.ts';
import type { Auth } from './auth.ts';
import type { IdentityStore } from './store.ts';

const resetText = (letter: { name: string; link: string }): string =>
  [
    `Hello ${letter.name},`,
    '',
    'somebody asked for a new password for your Parley account. Set it here within an hour:',
    '',
    letter.link,
    '',
    'The link works once. If it was not you, ignore this letter: nothing changes.',
  ].join('\n');

/**
 * Whether the address is known is looked up in this job, not in the request: the request does the same work for
 * everybody, and the token is never stored in a job.
 */
export const passwordResetJob = (deps: { auth: Auth; mail: Mail; publicUrl: string }) =>
  defineJob({
    name: 'identity.mail-password-reset',
    schema: z.object({ email: z.string() }),
    async run({ email }) {
      const { issued } = await deps.auth.api.issuePasswordReset({ body: { email } });
      if (issued === null) return;
      const link = `${deps.publicUrl}/reset-password#${issued.token}`;
      await deps.mail.send({
        to: issued.email,
        subject: 'Set a new password for Parley',
        text: resetText({ name: issued.name, link }),
      });
    },
  });

export const sweepJob = (deps: { store: IdentityStore; clock: Clock }) =>
  defineJob({
    name: 'identity.sweep',
    schema: z.object({}),
    cron: '17 3 * * *',
    run: () => deps.store.deleteExpired(deps.clock.now()),
  });

export type PasswordResetJob = ReturnType<typeof passwordResetJob>;
