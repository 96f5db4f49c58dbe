-- The role every tenant query runs under. It owns nothing, so row-level security binds it.
do $$ begin
  create role parley_app nologin;
exception when duplicate_object or unique_violation then null;
end $$;
grant parley_app to current_user;
grant usage on schema public to parley_app;

create function current_workspace() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('app.workspace_id', true), '')::uuid $$;

-- identity: people and their sessions belong to the installation, not to a workspace; the tenant role may not touch them.
create table "user" (
  id uuid primary key,
  email text not null unique,
  email_verified boolean not null default false,
  name text not null,
  image text,
  avatar text,
  is_operator boolean not null default false,
  preferences jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index user_operator on "user" (is_operator) where is_operator;

create table session (
  id uuid primary key,
  user_id uuid not null references "user" on delete cascade,
  token text not null unique,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index session_by_user on session (user_id);

create table account (
  id uuid primary key,
  user_id uuid not null references "user" on delete cascade,
  account_id text not null,
  provider_id text not null,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  password text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (provider_id, account_id)
);
create index account_user on account (user_id);

create table verification (
  id uuid primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index verification_identifier on verification (identifier);

create table workspace (
  id uuid primary key,
  name text not null,
  kind text not null check (kind in ('system', 'personal', 'team')),
  sign_up text not null default 'invitation' check (sign_up in ('invitation', 'open')),
  created_by uuid references "user" on delete set null,
  created_at timestamptz not null default now()
);
create unique index workspace_personal_owner on workspace (created_by) where kind = 'personal';

create table member (
  workspace_id uuid not null references workspace on delete cascade,
  user_id uuid not null references "user" on delete cascade,
  role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (workspace_id, user_id)
);
create index member_user on member (user_id);

create table invitation (
  id uuid primary key,
  workspace_id uuid not null references workspace on delete cascade,
  token_sha256 bytea not null unique,
  email text,
  role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  created_by uuid references "user" on delete set null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_by uuid references "user" on delete set null
);
create index invitation_workspace on invitation (workspace_id);

create table provider (
  id uuid primary key,
  workspace_id uuid not null references workspace on delete cascade,
  kind text not null,
  name text not null,
  base_url text,
  source text not null check (source in ('workspace', 'environment')),
  api_key_sealed text,
  key_hint text,
  models jsonb not null default '[]',
  created_by uuid references "user" on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index provider_workspace on provider (workspace_id);

create table model_default (
  workspace_id uuid primary key references workspace on delete cascade,
  provider_id uuid not null,
  model text not null
);

create table bot (
  id uuid primary key,
  workspace_id uuid not null references workspace on delete cascade,
  name text not null,
  description text not null default '',
  avatar text not null,
  type text not null,
  instructions text not null,
  provider_id uuid,
  model text,
  temperature double precision,
  max_tokens integer,
  visibility text not null default 'private' check (visibility in ('private', 'workspace', 'public')),
  created_by uuid references "user" on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index bot_workspace on bot (workspace_id);
-- Who may see a bot and talk with it while working in a workspace. Private bots are their creator's alone.
create function may_use_bot(b bot, workspace uuid, person uuid) returns boolean language sql stable parallel safe
  as $$ select b.visibility = 'public' or (b.workspace_id = workspace and (b.visibility = 'workspace' or b.created_by = person)) $$;
create index bot_public on bot (id) where visibility = 'public';

create table conversation (
  id uuid primary key,
  workspace_id uuid not null references workspace on delete cascade,
  created_by uuid not null references "user" on delete cascade,
  bot_id uuid references bot on delete set null,
  title text,
  head_id uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index conversation_recent on conversation (workspace_id, created_by, updated_at desc, id desc);
create index conversation_bot on conversation (bot_id);

create table message (
  id uuid primary key,
  workspace_id uuid not null references workspace on delete cascade,
  conversation_id uuid not null references conversation on delete cascade,
  parent_id uuid references message on delete cascade,
  role text not null check (role in ('user', 'assistant')),
  parts jsonb not null,
  author_id uuid references "user" on delete set null,
  created_at timestamptz not null default now()
);
create index message_conversation on message (conversation_id, id);
create index message_parent on message (parent_id);

create table run (
  id uuid primary key,
  workspace_id uuid not null references workspace on delete cascade,
  conversation_id uuid not null references conversation on delete cascade,
  message_id uuid not null unique references message on delete cascade,
  bot_id uuid,
  created_by uuid not null,
  status text not null check (status in ('queued', 'running', 'waiting_approval', 'completed', 'stopped', 'failed', 'interrupted')),
  stop_reason text,
  stop_requested boolean not null default false,
  error jsonb,
  provider_id uuid,
  provider_name text,
  model text,
  owner text,
  lease_until timestamptz,
  epoch integer not null default 0,
  usage jsonb,
  cost_nanos bigint,
  text_sha256 text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz
);
create index run_conversation on run (conversation_id);
create index run_live on run (owner, lease_until) where status in ('queued', 'running', 'waiting_approval');
create index run_purge on run (ended_at) where ended_at is not null;

create table run_event (
  run_id uuid not null references run on delete cascade,
  seq integer not null check (seq > 0),
  workspace_id uuid not null,
  type text not null,
  -- json, not jsonb: what a reader gets from the log is to the letter what a live one got.
  data json not null,
  created_at timestamptz not null default now(),
  primary key (run_id, seq)
);

create table idempotency (
  workspace_id uuid not null references workspace on delete cascade,
  scope text not null,
  key text not null,
  request_sha256 bytea not null,
  response jsonb not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (workspace_id, scope, key)
);
create index idempotency_expiry on idempotency (expires_at);

-- Row-level security: the second lock under every store. A tenant sees its own rows, and public bots to use them.
do $$
declare t text;
begin
  foreach t in array array['member', 'invitation', 'provider', 'model_default', 'bot', 'conversation', 'message', 'run', 'run_event', 'idempotency'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy %I on %I to parley_app using (workspace_id = current_workspace()) with check (workspace_id = current_workspace())', t || '_tenant', t);
    execute format('grant select, insert, update, delete on %I to parley_app', t);
  end loop;
end $$;
alter table workspace enable row level security;
create policy workspace_tenant on workspace to parley_app using (id = current_workspace()) with check (id = current_workspace());
grant select, update on workspace to parley_app;
create policy bot_public_read on bot for select to parley_app using (visibility = 'public');

-- The demo bot, public in every installation, so that the first minute needs no key.
insert into workspace (id, name, kind) values ('00000000-0000-7000-8000-000000000001', 'Parley', 'system');
insert into bot (id, workspace_id, name, description, avatar, type, instructions, provider_id, model, visibility)
values ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001', 'Parley demo',
  'A scripted demo that shows what answers look like. It is not a real model.', '🦜', 'support',
  'Show what Parley can do.', '00000000-0000-7000-8000-000000000003', 'demo', 'public');
