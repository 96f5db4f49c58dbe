import { z } from 'zod';
import { roles } from '../../platform/caller.ts';
import { emailAddress, line } from '../../platform/text-fields.ts';
import { newAccountBody, UserSchema } from '../identity/index.ts';

const role = z.enum(roles);
const signUpRule = z.enum(['invitation', 'open']);
const token = z.string().min(1).max(200);

export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

export const WorkspaceSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    kind: z.enum(['personal', 'team']),
    role: role.describe('Your own.'),
    signUp: signUpRule.describe('Who may make an account; counts in the personal workspace of the operator only.'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Workspace' });
export type Workspace = z.output<typeof WorkspaceSchema>;

export const MeSchema = z
  .object({ user: UserSchema, workspaces: z.array(WorkspaceSchema).describe('The personal one first.') })
  .meta({ id: 'Me' });
export type Me = z.output<typeof MeSchema>;

export const MemberSchema = z
  .object({
    userId: z.uuid(),
    name: z.string(),
    email: z.string(),
    avatar: z.string().nullable(),
    role,
    joinedAt: z.iso.datetime(),
  })
  .meta({ id: 'Member' });
export type Member = z.output<typeof MemberSchema>;

const invitation = {
  id: z.uuid(),
  email: z.string().nullable(),
  role,
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  acceptedAt: z.iso.datetime().nullable(),
};
export const InvitationSchema = z.object(invitation).meta({ id: 'Invitation' });
export type Invitation = z.output<typeof InvitationSchema>;

export const CreatedInvitationSchema = z
  .object({
    ...invitation,
    url: z.string().describe('The link to hand on. It cannot be read again later.'),
    token: z.string(),
  })
  .meta({ id: 'CreatedInvitation' });
export type CreatedInvitation = z.output<typeof CreatedInvitationSchema>;

export const InvitationPreviewSchema = z
  .object({ workspaceName: z.string(), inviterName: z.string(), role, email: z.string().nullable() })
  .meta({ id: 'InvitationPreview' });
export type InvitationPreview = z.output<typeof InvitationPreviewSchema>;

export const SetupSchema = z
  .object({
    needsOwner: z.boolean().describe('True until the first account is made.'),
    signUp: signUpRule,
    version: z.string(),
  })
  .meta({ id: 'Setup' });
export type Setup = z.output<typeof SetupSchema>;
export type SignUpRule = Setup['signUp'];

export const signUpBody = newAccountBody.extend({ invitation: token.optional() });
export type SignUpBody = z.output<typeof signUpBody>;

export const workspaceBody = z.strictObject({ name: line(80) });
export const workspacePatch = z.strictObject({ name: line(80).optional(), signUp: signUpRule.optional() });
export type WorkspacePatch = z.output<typeof workspacePatch>;

export const memberPatch = z.strictObject({ role });
export const invitationBody = z.strictObject({
  role,
  email: emailAddress().optional(),
  expiresInDays: z.int().min(1).max(30).default(7),
});
export type InvitationBody = z.output<typeof invitationBody>;
export const tokenBody = z.strictObject({ token });
