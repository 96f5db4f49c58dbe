import { z } from 'zod';
import { roles } from '../../platform/caller.ts';
import { defineEvent } from '../../platform/events.ts';

export const invitationCreated = defineEvent({
  name: 'invitation.created',
  schema: z.object({
    workspaceId: z.uuid(),
    invitationId: z.uuid(),
    email: z.string().nullable(),
    role: z.enum(roles),
    createdBy: z.uuid(),
    /** For the letter only: queued work is stored, and a stored token must not be readable. Null without an address. */
    sealedToken: z.string().nullable(),
  }),
});
