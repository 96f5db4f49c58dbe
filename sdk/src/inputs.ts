import type { operations } from './schema.ts';

type BodyOf<O extends keyof operations> = operations[O] extends {
  requestBody: { content: { 'application/json': infer Body } };
}
  ? Body
  : never;

/** A new account; `invitation` is the token of an invitation link. Passwords have 12 to 128 characters. */
export type SignUpInput = BodyOf<'signUp'>;

/** Credentials of an account. */
export type SignInInput = BodyOf<'signIn'>;

/** The token of a password mail and the new password. */
export type ResetPasswordInput = BodyOf<'resetPassword'>;

/** The password of now and the one from now on. */
export type ChangePasswordInput = BodyOf<'changePassword'>;

/** Changes to the signed-in user; preferences left out stay as they are. */
export type MePatch = BodyOf<'updateMe'>;

/** A new team workspace. */
export type WorkspaceInput = BodyOf<'createWorkspace'>;

/** Changes to a workspace. */
export type WorkspacePatch = BodyOf<'updateWorkspace'>;

/** Whom to invite; without `email` anybody with the link may accept. Valid 1 to 30 days, 7 unless said otherwise. */
export type InvitationInput = BodyOf<'createInvitation'>;

/** A provider to try before it is added. */
export type ProviderTestInput = BodyOf<'testProvider'>;

/** A provider to add; `source: 'environment'` uses the key that the server already has. */
export type ProviderInput = BodyOf<'createProvider'>;

/** Changes to a provider; the key stays when it is left out. */
export type ProviderPatch = BodyOf<'updateProvider'>;

/** A new bot; what is left out comes from its type. */
export type BotInput = BodyOf<'createBot'>;

/** Changes to a bot. */
export type BotPatch = BodyOf<'updateBot'>;

/** A new conversation with a bot. */
export type ConversationInput = BodyOf<'createConversation'>;

/** What to say; `parentId` names the message to continue from, left out: the conversation's newest. */
export type SendInput = BodyOf<'sendMessage'>;

/** Which page of a list, and how long (1 to 100). */
export type PageQuery = NonNullable<operations['listConversations']['parameters']['query']>;
