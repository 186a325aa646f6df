-- What proves a version, who put it in use on what grounds, and training runs asked for over the API.

-- The newest one of a version counts. Without any, the version was never backtested.
create table backtest (
  backtest_id bigint generated always as identity primary key,
  version key_text not null references model_version,
  verdict text not null check (verdict in ('proven', 'not_proven', 'refused')),
  -- json, not jsonb: the report's own bytes are kept.
  report json not null check (json_typeof(report) = 'object'),
  created_at instant not null default now()
);
create index backtest_by_version on backtest (version, backtest_id desc);

alter table promotion
  add column kind text not null default 'promote' check (kind in ('promote', 'rollback')),
  -- Put in use although it was not proven.
  add column forced boolean not null default false,
  -- What the backtest said at that moment; null when there was none.
  add column verdict text check (verdict in ('proven', 'not_proven', 'refused')),
  add check (not forced or btrim(reason) <> '');

create table training_run (
  training_run_id bigint generated always as identity primary key,
  state text not null default 'queued'
    check (state in ('queued', 'running', 'succeeded', 'refused', 'failed', 'cancelled')),
  as_of instant not null,
  specification key_text not null,
  requested_by text not null,
  requested_at instant not null default now(),
  -- Counts how often a worker took it; what an earlier one still has to say is not heard.
  attempt integer not null default 0,
  started_at instant,
  -- The worker's sign of life: old means that it died.
  heartbeat_at instant,
  finished_at instant,
  cancelled_by text,
  progress jsonb,
  version key_text references model_version,
  refusal jsonb,
  failure text,
  check ((finished_at is not null) = (state not in ('queued', 'running'))),
  check (state <> 'running' or (started_at is not null and heartbeat_at is not null)),
  check ((version is not null) = (state = 'succeeded')),
  check ((refusal is not null) = (state = 'refused')),
  check ((failure is not null) = (state = 'failed')),
  check (state <> 'cancelled' or cancelled_by is not null)
);
-- One training at a time, whoever asks and however many ask at once.
create unique index training_run_one_at_a_time on training_run ((true)) where state in ('queued', 'running');
