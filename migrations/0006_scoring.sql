-- Scores: each scoring run, each change of an account's score, and the newest score.

create table scoring_run (
  scoring_run_id bigint generated always as identity primary key,
  scope text not null check (scope in ('everybody', 'some', 'merged')),
  -- The accounts that were read; null means all.
  account_ids bigint[],
  version key_text references model_version,
  as_of instant not null,
  policy_sha256 text check (policy_sha256 ~ '^[0-9a-f]{64}$'),
  -- The number of accounts scored, and of those whose score changed.
  scored integer not null default 0,
  changed integer not null default 0,
  -- Set last, just before the commit: from then on the run's scores are the stored ones.
  stored_at instant not null default clock_timestamp(),
  check ((scope = 'everybody') = (account_ids is null)),
  check (scope = 'merged' or version is not null)
);
create index scoring_run_by_time on scoring_run (stored_at);
create index scoring_run_of_everybody on scoring_run (scoring_run_id) where scope = 'everybody';
create index scoring_run_of_merges on scoring_run (scoring_run_id) where scope = 'merged';

-- The newest scores. When the table is empty, the next scoring run fills it.
create table account_score (
  account_id bigint primary key references account,
  external_id key_text not null,
  version key_text not null references model_version,
  as_of instant not null,
  qualified_probability probability,
  in_market_probability probability,
  win_probability probability,
  -- The score as the API returns it.
  score jsonb not null check (jsonb_typeof(score) = 'object'),
  -- The run that last changed this score, or that scored this account by itself; later runs of all accounts left it unchanged.
  scoring_run_id bigint references scoring_run,
  scored_at instant not null default now()
);
create index account_score_by_qualified on account_score (qualified_probability desc, external_id)
  where qualified_probability is not null;
-- Lists accounts that are not in the CRM yet, the highest win probability first.
create index account_score_by_win on account_score (win_probability desc, external_id) where win_probability is not null;

-- The score that was stored at an instant is the last change by then, as of the last run that read the account. A null score
-- means that the account is no longer scored.
create table account_score_change (
  account_id bigint not null references account,
  scoring_run_id bigint not null references scoring_run,
  version key_text references model_version,
  score jsonb check (jsonb_typeof(score) = 'object'),
  primary key (account_id, scoring_run_id),
  check ((score is null) = (version is null))
);

-- The score queue: accounts with facts that their stored score does not include. The transaction of the facts adds a row; the
-- transaction of the new scores deletes it with `for update skip locked`. Adding an account that is queued already locks its
-- row until the facts are committed, so that no scoring run deletes it before it can read them.
create table account_to_score (
  account_id bigint primary key references account on delete cascade,
  since instant not null default now()
);
