-- Model versions, the proof of each, and training runs.

create table model_version (
  version key_text primary key,
  -- The training data was known before this instant.
  as_of instant not null,
  data_sha256 text not null check (data_sha256 ~ '^[0-9a-f]{64}$'),
  specification_sha256 text not null check (specification_sha256 ~ '^[0-9a-f]{64}$'),
  -- json, not jsonb: keeps the bytes of the artifact.
  artifact json not null check (json_typeof(artifact) = 'object'),
  -- The SHA-256 of these bytes. Loading compares it and refuses an artifact that was altered.
  artifact_sha256 text not null check (artifact_sha256 ~ '^[0-9a-f]{64}$'),
  -- Chosen by the newest backtest of the version: the threshold and the stage boundaries, each with its basis.
  policy json check (json_typeof(policy) = 'object'),
  -- When the policy last changed. Earlier scores are computed again.
  policy_set_at instant,
  -- What readiness and the leakage audit found before training.
  findings json check (json_typeof(findings) = 'object'),
  created_at instant not null default now(),
  is_champion boolean not null default false
);
create unique index model_version_one_champion on model_version (is_champion) where is_champion;

create function digest_new_artifact() returns trigger language plpgsql as $$
begin
  new.artifact_sha256 := coalesce(new.artifact_sha256, encode(sha256(convert_to(new.artifact::text, 'UTF8')), 'hex'));
  return new;
end $$;
create trigger model_version_digest before insert on model_version
  for each row execute function digest_new_artifact();

-- The ideal customer profile and the won accounts of the training data: what lookalikes are compared with.
create table customer_profile (
  version key_text primary key references model_version,
  profile json not null check (json_typeof(profile) = 'object'),
  created_at instant not null default now()
);

-- Of several backtests of a version the newest counts. A version without a row was never backtested.
create table backtest (
  backtest_id bigint generated always as identity primary key,
  version key_text not null references model_version,
  verdict text not null check (verdict in ('proven', 'not_proven', 'refused')),
  -- json, not jsonb: keeps the bytes of the report.
  report json not null check (json_typeof(report) = 'object'),
  -- The report as HTML, rendered by the release that made the report.
  page text,
  created_at instant not null default now()
);
create index backtest_by_version on backtest (version, backtest_id desc);

create table promotion (
  promotion_id bigint generated always as identity primary key,
  version key_text not null references model_version,
  replaced key_text references model_version,
  kind text not null default 'promote' check (kind in ('promote', 'rollback')),
  -- Promoted although no backtest proved the version.
  forced boolean not null default false,
  -- The backtest's verdict at the time of promotion; null without a backtest.
  verdict text check (verdict in ('proven', 'not_proven', 'refused')),
  promoted_by text not null,
  reason text,
  promoted_at instant not null default now(),
  check (not forced or btrim(reason) <> '')
);

create table training_run (
  training_run_id bigint generated always as identity primary key,
  state text not null default 'queued'
    check (state in ('queued', 'running', 'succeeded', 'refused', 'failed', 'cancelled')),
  as_of instant not null,
  specification key_text not null,
  requested_by text not null,
  requested_at instant not null default now(),
  -- Counts the workers that took the run. Reports of earlier attempts are ignored.
  attempt integer not null default 0,
  started_at instant,
  -- The worker updates it; a worker with an old heartbeat counts as dead.
  heartbeat_at instant,
  finished_at instant,
  cancelled_by text,
  progress jsonb,
  version key_text references model_version,
  refusal jsonb,
  failure text,
  findings json check (json_typeof(findings) = 'object'),
  check ((finished_at is not null) = (state not in ('queued', 'running'))),
  check (state <> 'running' or (started_at is not null and heartbeat_at is not null)),
  check ((version is not null) = (state = 'succeeded')),
  check ((refusal is not null) = (state = 'refused')),
  check ((failure is not null) = (state = 'failed')),
  check (state <> 'cancelled' or cancelled_by is not null)
);
-- One training at a time, however many are requested at once.
create unique index training_run_one_at_a_time on training_run ((true)) where state in ('queued', 'running');
