import { on, type Listener } from '../../platform/events.ts';
import type { Mail } from '../../platform/mail.ts';
import type { Secrets } from '../../platform/secrets.ts';
import type { Identity } from '../identity/index.ts';
import { invitationCreated } from './events.ts';
import type { WorkspaceStore } from './store.ts';

export const sealContext = (invitationId: string): string => `invitation:${invitationId}`;
export const invitationUrl = (publicUrl: string, token: string): string => `${publicUrl}/invite#${token}`;
export const formerMember = 'A former member';

const letterText = (letter: { inviter: string; workspace: string; link: string }): string =>
  [
    `${letter.inviter} invites you to the workspace “${letter.workspace}” on Parley.`,
    '',
    'Accept here:',
    '',
    letter.link,
    '',
    'The link works once. If you do not know the sender, ignore this letter.',
  ].join('\n');

/** Mails the link of an invitation that has an address. */
export const invitationLetters = (deps: {
  store: WorkspaceStore;
  identity: Pick<Identity, 'users'>;
  secrets: Pick<Secrets, 'open'>;
  mail: Mail;
  publicUrl: string;
}): Listener =>
  on(invitationCreated, 'letter', async ({ workspaceId, invitationId, email, createdBy, sealedToken }) => {
    if (email === null || sealedToken === null) return;
    const workspace = await deps.store.get(workspaceId);
    if (!workspace) return;
    const [inviter] = await deps.identity.users.get([createdBy]);
    const link = invitationUrl(deps.publicUrl, deps.secrets.open(sealedToken, sealContext(invitationId)));
    await deps.mail.send({
      to: email,
      subject: `Invitation to ${workspace.name} on Parley`,
      text: letterText({ inviter: inviter?.name ?? formerMember, workspace: workspace.name, link }),
    });
  });
