-- The answer whose kept text this run's answer begins with.
alter table run add column continues_id uuid references message on delete set null;
create index run_continues on run (continues_id) where continues_id is not null;
