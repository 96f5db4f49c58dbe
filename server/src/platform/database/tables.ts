// Generated from the migrated database by `npm run generate`; not edited by hand.
import type { ColumnType, Generated } from 'kysely';

/** Read as Date, written as Date or ISO text. */
type Timestamp = ColumnType<Date, Date | string, Date | string>;
/** Read as parsed JSON, written as JSON text. */
type Json = ColumnType<unknown, string, string>;
/** A column with a default of a type that reads and writes differently. */
type Preset<T> = [T] extends [ColumnType<infer S, infer I, infer U>] ? ColumnType<S, I | undefined, U> : Generated<T>;
type Nullable<T> = [T] extends [ColumnType<infer S, infer I, infer U>]
  ? ColumnType<S | null, I | null | undefined, U | null>
  : T | null;

export interface AccountTable {
  id: string;
  user_id: string;
  account_id: string;
  provider_id: string;
  access_token: Nullable<string>;
  refresh_token: Nullable<string>;
  id_token: Nullable<string>;
  access_token_expires_at: Nullable<Timestamp>;
  refresh_token_expires_at: Nullable<Timestamp>;
  scope: Nullable<string>;
  password: Nullable<string>;
  created_at: Preset<Timestamp>;
  updated_at: Preset<Timestamp>;
}

export interface BotTable {
  id: string;
  workspace_id: string;
  name: string;
  description: Preset<string>;
  avatar: string;
  type: string;
  instructions: string;
  provider_id: Nullable<string>;
  model: Nullable<string>;
  temperature: Nullable<number>;
  max_tokens: Nullable<number>;
  visibility: Preset<string>;
  created_by: Nullable<string>;
  created_at: Preset<Timestamp>;
  updated_at: Preset<Timestamp>;
  fallbacks: Preset<Json>;
}

export interface ConversationTable {
  id: string;
  workspace_id: string;
  created_by: string;
  bot_id: Nullable<string>;
  title: Nullable<string>;
  head_id: Nullable<string>;
  created_at: Preset<Timestamp>;
  updated_at: Preset<Timestamp>;
}

export interface IdempotencyTable {
  workspace_id: string;
  scope: string;
  key: string;
  request_sha256: Buffer;
  response: Json;
  created_at: Preset<Timestamp>;
  expires_at: Timestamp;
}

export interface InvitationTable {
  id: string;
  workspace_id: string;
  token_sha256: Buffer;
  email: Nullable<string>;
  role: string;
  created_by: Nullable<string>;
  created_at: Preset<Timestamp>;
  expires_at: Timestamp;
  accepted_at: Nullable<Timestamp>;
  accepted_by: Nullable<string>;
}

export interface MemberTable {
  workspace_id: string;
  user_id: string;
  role: string;
  created_at: Preset<Timestamp>;
}

export interface MessageTable {
  id: string;
  workspace_id: string;
  conversation_id: string;
  parent_id: Nullable<string>;
  role: string;
  parts: Json;
  author_id: Nullable<string>;
  created_at: Preset<Timestamp>;
}

export interface ModelDefaultTable {
  workspace_id: string;
  provider_id: string;
  model: string;
}

export interface ProviderTable {
  id: string;
  workspace_id: string;
  kind: string;
  name: string;
  base_url: Nullable<string>;
  source: string;
  api_key_sealed: Nullable<string>;
  key_hint: Nullable<string>;
  models: Preset<Json>;
  created_by: Nullable<string>;
  created_at: Preset<Timestamp>;
  updated_at: Preset<Timestamp>;
}

export interface RunTable {
  id: string;
  workspace_id: string;
  conversation_id: string;
  message_id: string;
  bot_id: Nullable<string>;
  created_by: string;
  status: string;
  stop_reason: Nullable<string>;
  stop_requested: Preset<boolean>;
  error: Nullable<Json>;
  provider_id: Nullable<string>;
  provider_name: Nullable<string>;
  model: Nullable<string>;
  owner: Nullable<string>;
  lease_until: Nullable<Timestamp>;
  epoch: Preset<number>;
  usage: Nullable<Json>;
  cost_nanos: Nullable<number>;
  text_sha256: Nullable<string>;
  created_at: Preset<Timestamp>;
  started_at: Nullable<Timestamp>;
  ended_at: Nullable<Timestamp>;
  continues_id: Nullable<string>;
  attempts: Preset<Json>;
}

export interface RunEventTable {
  run_id: string;
  seq: number;
  workspace_id: string;
  type: string;
  data: Json;
  created_at: Preset<Timestamp>;
}

export interface SessionTable {
  id: string;
  user_id: string;
  token: string;
  expires_at: Timestamp;
  ip_address: Nullable<string>;
  user_agent: Nullable<string>;
  created_at: Preset<Timestamp>;
  updated_at: Preset<Timestamp>;
}

export interface UserTable {
  id: string;
  email: string;
  email_verified: Preset<boolean>;
  name: string;
  image: Nullable<string>;
  avatar: Nullable<string>;
  is_operator: Preset<boolean>;
  preferences: Preset<Json>;
  created_at: Preset<Timestamp>;
  updated_at: Preset<Timestamp>;
}

export interface VerificationTable {
  id: string;
  identifier: string;
  value: string;
  expires_at: Timestamp;
  created_at: Preset<Timestamp>;
  updated_at: Preset<Timestamp>;
}

export interface WorkspaceTable {
  id: string;
  name: string;
  kind: string;
  sign_up: Preset<string>;
  created_by: Nullable<string>;
  created_at: Preset<Timestamp>;
}

/** Every table by its name. */
export interface Tables {
  account: AccountTable;
  bot: BotTable;
  conversation: ConversationTable;
  idempotency: IdempotencyTable;
  invitation: InvitationTable;
  member: MemberTable;
  message: MessageTable;
  model_default: ModelDefaultTable;
  provider: ProviderTable;
  run: RunTable;
  run_event: RunEventTable;
  session: SessionTable;
  user: UserTable;
  verification: VerificationTable;
  workspace: WorkspaceTable;
}
