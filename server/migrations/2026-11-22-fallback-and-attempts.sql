-- Models that answer when the bot's own cannot, in order: [{"providerId", "name"}].
alter table bot add column fallbacks jsonb not null default '[]' check (jsonb_typeof(fallbacks) = 'array');
-- Every call of a model for this answer, in order; written with the end of the run.
alter table run add column attempts jsonb not null default '[]' check (jsonb_typeof(attempts) = 'array');
