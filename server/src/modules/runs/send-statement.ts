/**
 * A question and everything it causes, in one statement: the idempotency row, the user's message, the answer's
 * message, the run and its first event. Nothing is written unless the conversation is the caller's, the place to
 * answer is in it and the key is new. Rows are looked up one by one (`lateral … offset 0`, `= any(…)`): a join planned
 * while the tables are small may read an index whole, and its plan is kept. Tables of the conversations module are written here on purpose: a turn is
 * acknowledged as a whole or not at all.
 *
 * $1 workspace  $2 user  $3 conversation  $4 place given?  $5 place  $6 user message (null: answer the place again)
 * $7 answer  $8 run  $9 parts  $10 scope of the key  $11 key  $12 hash of the request  $13 owner  $14 lease seconds
 * $15 the demo provider  $16 title for a conversation that has none  $17 the answer to continue, beside the new one
 *
 * The place is the message the question follows (default: the head; null: a new root), or, when a message is answered
 * again, that message. Two sends at once meet at the lock on the conversation. The later one may then follow a head
 * that its snapshot does not hold yet: that is an answer still being written, so its run waits.
 */
export const sendText = `with recursive
  chat as (
    select c.id, c.bot_id, case when $4::boolean then $5::uuid else c.head_id end as place_id
    from conversation c
    where c.id = $3 and c.workspace_id = $1 and c.created_by is not distinct from $2
    for no key update),
  place as (
    select m.id, m.role, m.parent_id, r.ended_at is null and r.id is not null as busy
    from chat join message m on m.id = chat.place_id and m.workspace_id = $1 and m.conversation_id = $3
    left join lateral (select id, ended_at from run where message_id = m.id offset 0) r on true),
  turn as (
    select chat.id, chat.bot_id, chat.place_id,
      case when chat.place_id is null then false else coalesce((select busy from place), true) end as waits
    from chat
    where case
      when $6::uuid is null then (select role from place) = 'user'
      when chat.place_id is null or not $4::boolean then true
      else (select role from place) = 'assistant' end
    and ($17::uuid is null or exists (
      select from message k join run r on r.message_id = k.id
      where k.id = $17 and k.parent_id = chat.place_id and r.ended_at is not null))),
  claimed as (
    insert into idempotency (workspace_id, scope, key, request_sha256, response, expires_at)
    select $1, $10, $11, $12, jsonb_build_object('runId', $8::uuid), now() + interval '7 days' from turn
    on conflict do nothing returning created_at),
  bot_used as (
    select b.id, b.workspace_id, b.instructions, b.temperature, b.max_tokens, b.provider_id, b.model, b.fallbacks
    from turn cross join lateral (select * from bot where id = turn.bot_id offset 0) b
    where may_use_bot(b::bot, $1, $2)),
  model_used as (
    select coalesce(b.provider_id, d.provider_id, $15) as provider_id,
      case when b.provider_id is not null then b.model else coalesce(d.model, 'demo') end as model
    from turn left join bot_used b on true left join model_default d on d.workspace_id = $1),
  asked as (
    insert into message (id, workspace_id, conversation_id, parent_id, role, parts, author_id)
    select $6, $1, $3, turn.place_id, 'user', $9::jsonb, $2 from turn, claimed where $6::uuid is not null),
  answer as (
    insert into message (id, workspace_id, conversation_id, parent_id, role, parts)
    select $7, $1, $3, coalesce($6, turn.place_id), 'assistant', '[]' from turn, claimed),
  started as (
    insert into run (id, workspace_id, conversation_id, message_id, bot_id, created_by, status, provider_id, model,
      continues_id, owner, lease_until, epoch, started_at)
    select $8, $1, $3, $7, turn.bot_id, $2, case when turn.waits then 'queued' else 'running' end, m.provider_id, m.model,
      $17, case when turn.waits then null else $13 end,
      case when turn.waits then null else now() + make_interval(secs => $14) end,
      case when turn.waits then 0 else 1 end, case when turn.waits then null else now() end
    from turn, claimed, model_used m),
  first_event as (
    insert into run_event (run_id, seq, workspace_id, type, data)
    select $8, 1, $1, 'run-start', format('{"v":1,"messageId":"%s","model":%s}', $7::uuid, to_json(m.model))::json
    from claimed, model_used m),
  moved as (
    update conversation set head_id = $7, updated_at = now(), title = coalesce(title, $16) from claimed
    where conversation.workspace_id = $1 and conversation.id = $3),
  path as (
    select m.*, 1 as distance from turn cross join lateral (
      select id, parent_id, role, parts from message where id = turn.place_id and workspace_id = $1 offset 0) m
    union all
    select m.*, path.distance + 1 from path cross join lateral (
      select id, parent_id, role, parts from message where id = path.parent_id and workspace_id = $1 offset 0) m)
  select turn.waits, turn.place_id, claimed.created_at, m.model, m.provider_id as model_provider_id,
    b.id as bot_id, b.workspace_id as bot_workspace_id, b.instructions, b.temperature, b.max_tokens, b.provider_id, b.model as bot_model, b.fallbacks,
    (select coalesce(json_agg(json_build_object('role', path.role, 'parts', path.parts) order by path.distance desc), '[]')
      from path) as history,
    (select parts from message where id = $17) as kept
  from turn join claimed on true cross join model_used m left join bot_used b on true`;

/**
 * Takes a waiting run whose turn has come: the answer before its question has ended. Same columns as sending.
 * $1 run (null: any)  $2 owner  $3 lease seconds  $4 how many at most
 */
export const claimText = `with recursive
  due as (
    select r.id from run r
    cross join lateral (select parent_id from message where id = r.message_id offset 0) a
    cross join lateral (select parent_id from message where id = a.parent_id offset 0) q
    left join lateral (select ended_at is null as busy from run where message_id = q.parent_id offset 0) before on true
    where r.status = 'queued' and ($1::uuid is null or r.id = $1) and before.busy is not true
    order by r.id limit $4 for update of r skip locked),
  taken as (
    update run r set status = 'running', owner = $2, epoch = r.epoch + 1, started_at = now(),
      lease_until = now() + make_interval(secs => $3)
    where r.id = any(array(select id from due))
    returning r.id, r.workspace_id, r.message_id, r.bot_id, r.epoch, r.created_by, r.model, r.provider_id, r.continues_id),
  path as (
    select t.id as run_id, m.*, 0 as distance from taken t
    cross join lateral (select parent_id from message where id = t.message_id offset 0) a
    cross join lateral (select id, parent_id, role, parts from message where id = a.parent_id offset 0) m
    union all
    select path.run_id, m.*, path.distance + 1 from path
    cross join lateral (select id, parent_id, role, parts from message where id = path.parent_id offset 0) m)
  select t.id as run_id, t.workspace_id, t.epoch, t.model, t.provider_id as model_provider_id,
    b.id as bot_id, b.workspace_id as bot_workspace_id, b.instructions, b.temperature, b.max_tokens, b.provider_id, b.model as bot_model, b.fallbacks,
    (select coalesce(max(e.seq), 0) from run_event e where e.run_id = t.id) as last_seq,
    (select coalesce(json_agg(json_build_object('role', path.role, 'parts', path.parts) order by path.distance desc), '[]')
      from path where path.run_id = t.id) as history,
    (select parts from message where id = t.continues_id) as kept
  from taken t left join lateral (select * from bot where id = t.bot_id offset 0) b
    on may_use_bot(b::bot, t.workspace_id, t.created_by)`;

const isoTime = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/**
 * Ends runs whose owner is gone, with the text that was committed. One statement, so a crash in the middle leaves the
 * run to the next sweep. The calls of models are those the log knows of; the first may have been made before the log
 * could say so, which the run's beginning stands for.
 * $1 this owner  $2 no other process can be alive  $3 the error to tell
 */
export const interruptText = `with
  dead as (
    select r.id, r.workspace_id, r.message_id from run r
    where r.status in ('running', 'waiting_approval')
      and (r.lease_until < now() or $2::boolean and r.owner is distinct from $1)
    for update skip locked limit 100),
  told as (
    select d.id, d.workspace_id, d.message_id, coalesce(max(e.seq), 0) as last_seq,
      coalesce(string_agg(e.data ->> 'text', '' order by e.seq) filter (where e.type = 'text-delta'), '') as text,
      coalesce(string_agg(e.data ->> 'text', '' order by e.seq) filter (where e.type = 'reasoning-delta'), '') as thought,
      (array_agg(e.data::jsonb - 'v' order by e.seq desc) filter (where e.type = 'usage'))[1] as usage
    from dead d left join lateral (select seq, type, data from run_event where run_id = d.id offset 0) e on true
    group by d.id, d.workspace_id, d.message_id),
  hashed as (select told.*, encode(sha256(convert_to(told.text, 'UTF8')), 'hex') as text_sha256 from told),
  tried as (
    select d.id, jsonb_agg(jsonb_build_object('providerId', s.data ->> 'providerId', 'providerName', s.data ->> 'providerName',
      'model', s.data ->> 'model', 'called', coalesce((n.data ->> 'called')::boolean, true),
      'code', coalesce(n.data ->> 'code', 'interrupted'), 'startedAt', ${isoTime('s.created_at')}, 'firstTokenMs', null,
      'durationMs', round(extract(epoch from coalesce(n.created_at, now()) - s.created_at) * 1000), 'usage', null)
      order by s.seq) as attempts
    from dead d
    cross join lateral (
      select seq, data, created_at from run_event where run_id = d.id and type = 'step-start' offset 0) s
    left join lateral (
      select data, created_at from run_event where run_id = d.id and type = 'notice'
        and data ->> 'attempt' = s.data ->> 'attempt' and data ->> 'kind' in ('retry', 'fallback') offset 0) n on true
    group by d.id),
  ended as (
    update run r set status = 'interrupted', epoch = r.epoch + 1, owner = null, lease_until = null, ended_at = now(),
      text_sha256 = h.text_sha256, usage = h.usage,
      attempts = coalesce((select attempts from tried where tried.id = h.id), jsonb_build_array(jsonb_build_object(
        'providerId', r.provider_id, 'providerName', null, 'model', r.model, 'called', true, 'code', 'interrupted',
        'startedAt', ${isoTime('r.started_at')}, 'firstTokenMs', null,
        'durationMs', round(extract(epoch from now() - r.started_at) * 1000), 'usage', null))),
      error = $3::jsonb
    from hashed h where r.id = any(array(select id from dead)) and r.id = h.id returning r.id),
  closed as (
    insert into run_event (run_id, seq, workspace_id, type, data)
    select h.id, h.last_seq + 1, h.workspace_id, 'run-end', json_build_object('v', 1, 'status', 'interrupted',
      'stopReason', null, 'usage', h.usage, 'costNanos', null, 'finalSeq', h.last_seq + 1, 'textSha256', h.text_sha256)
    from hashed h),
  written as (
    update message m set parts =
      (case when h.thought = '' then '[]'::jsonb else jsonb_build_array(jsonb_build_object('type', 'reasoning', 'text', h.thought)) end) ||
      (case when h.text = '' then '[]'::jsonb else jsonb_build_array(jsonb_build_object('type', 'text', 'text', h.text)) end)
    from hashed h where m.id = any(array(select message_id from dead)) and m.id = h.message_id)
  select id from ended`;

/** Ends a run that nobody has begun to answer. $1 workspace  $2 run */
export const stopQueuedText = `with
  stopped as (
    update run set status = 'stopped', stop_reason = 'stopped', ended_at = now(), epoch = epoch + 1,
      text_sha256 = encode(sha256(''::bytea), 'hex')
    where workspace_id = $1 and id = $2 and status = 'queued' returning id, workspace_id, text_sha256),
  closed as (
    insert into run_event (run_id, seq, workspace_id, type, data)
    select s.id, 2, s.workspace_id, 'run-end', json_build_object('v', 1, 'status', 'stopped', 'stopReason', 'stopped',
      'usage', null, 'costNanos', null, 'finalSeq', 2, 'textSha256', s.text_sha256) from stopped s)
  select id from stopped`;
