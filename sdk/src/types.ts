import type { components } from './schema.ts';

type Schemas = components['schemas'];

export type User = Schemas['User'];
export type Preferences = Schemas['Preferences'];
export type Workspace = Schemas['Workspace'];
export type Me = Schemas['Me'];
export type Member = Schemas['Member'];
export type Invitation = Schemas['Invitation'];
/** An invitation with its link, which is shown this once. */
export type CreatedInvitation = Schemas['CreatedInvitation'];
export type InvitationPreview = Schemas['InvitationPreview'];
export type Session = Schemas['Session'];
export type Setup = Schemas['Setup'];
export type Provider = Schemas['Provider'];
export type ProviderOffer = Schemas['ProviderOffer'];
export type ProviderTest = Schemas['ProviderTest'];
export type Model = Schemas['Model'];
export type ModelRef = Schemas['ModelRef'];
export type Bot = Schemas['Bot'];
export type BotTypeDescription = Schemas['BotTypeDescription'];
export type Conversation = Schemas['Conversation'];
export type ConversationMessages = Schemas['ConversationMessages'];
export type Message = Schemas['Message'];
/** One piece of a message's content. */
export type Part = Schemas['Part'];
export type Run = Schemas['Run'];
/** One time that a model was to answer. */
export type RunAttempt = Schemas['RunAttempt'];
export type RunError = Schemas['RunError'];
/** Four disjoint token counters. */
export type Usage = Schemas['Usage'];
/** A question, the answer being written to it, and its run. */
export type SentTurn = Schemas['SentTurn'];
/** Whether a send was done, and what became of it. */
export type SendOutcome = Schemas['SendOutcome'];

export type Role = Workspace['role'];
export type SignUp = Workspace['signUp'];
export type ProviderKind = Provider['kind'];
export type BotType = Bot['type'];
export type RunStatus = Run['status'];

/** One page of a list; hand `nextCursor` back as `cursor` to get the next one. */
export interface List<T> {
  items: T[];
  nextCursor: string | null;
}

/** The closed list of problem codes that the server answers with. */
export type ProblemCode =
  | 'invalid_request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'resync'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'idempotency_mismatch'
  | 'unprocessable'
  | 'rate_limited'
  | 'internal'
  | 'unavailable';

/** Where a request was wrong: `path` into its body or query, and what is expected there. */
export interface FieldError {
  path: string;
  message: string;
}

/** The body of every error answer (`application/problem+json`); `retryAfter` in seconds. */
export interface ProblemDetails {
  type: string;
  title: string;
  status: number;
  code: ProblemCode;
  detail: string;
  requestId: string;
  errors?: FieldError[];
  retryAfter?: number;
  [extension: string]: unknown;
}
