-- What happened to accounts as we see them: one log that is the history, and from which everybody is told. The states are
-- what the log comes to; scores are kept as they were by their changes.

-- The log ----------------------------------------------------------------------------------------

create table event (
  -- In the order of writing within one account; others may commit in another order.
  event_id bigint generated always as identity primary key,
  -- The place in the feed: given to committed rows only, one by one, without gaps (store/events.ts). Null until then, and for
  -- ever in what the feed does not tell.
  sequence bigint unique check (sequence > 0),
  in_feed boolean not null default true,
  type key_text not null,
  account_id bigint references account,
  motion key_text,
  -- By all that was known before this instant. What a person did has the time of doing.
  as_of instant not null,
  occurred_at instant not null default clock_timestamp(),
  model_version key_text references model_version,
  -- Who did it; null is the service itself.
  actor text,
  payload jsonb not null default '{}' check (jsonb_typeof(payload) = 'object'),
  check (sequence is null or in_feed),
  check (not in_feed or type <> 'lottery.assigned')
);
create index event_by_account on event (account_id, event_id);
create index event_by_type on event (type, as_of);
create index event_without_sequence on event (event_id) where sequence is null and in_feed;

-- The last number given. In a table of its own, so that removing events never gives a number again.
create table event_feed (
  one boolean primary key default true check (one),
  last_sequence bigint not null check (last_sequence >= 0)
);
insert into event_feed (last_sequence) values (0);

create function keep_event() returns trigger language plpgsql as $$
begin
  if old.sequence is not null or to_jsonb(new) - 'sequence' <> to_jsonb(old) - 'sequence' then
    raise exception 'an event is only added, and numbered once';
  end if;
  return new;
end $$;
create trigger event_is_kept before update on event for each row execute function keep_event();

-- Scores -----------------------------------------------------------------------------------------

create table scoring_run (
  scoring_run_id bigint generated always as identity primary key,
  scope text not null check (scope in ('everybody', 'some', 'merged')),
  -- Which accounts were looked at; null is all of them.
  account_ids bigint[],
  version key_text references model_version,
  as_of instant not null,
  policy_sha256 text check (policy_sha256 ~ '^[0-9a-f]{64}$'),
  -- How many accounts were scored, and of how many the score was another than before.
  scored integer not null default 0,
  changed integer not null default 0,
  -- Set last, just before the commit: since when its results are what is stored.
  stored_at instant not null default clock_timestamp(),
  check ((scope = 'everybody') = (account_ids is null)),
  check (scope = 'merged' or version is not null)
);
create index scoring_run_by_time on scoring_run (stored_at);
create index scoring_run_of_everybody on scoring_run (scoring_run_id) where scope = 'everybody';

-- A score that was stored and is another than the one before; null when the account is scored no more. What was stored at an
-- instant is the last of these, as of the last run that looked at the account.
create table account_score_change (
  account_id bigint not null references account,
  scoring_run_id bigint not null references scoring_run,
  version key_text references model_version,
  score jsonb check (jsonb_typeof(score) = 'object'),
  primary key (account_id, scoring_run_id),
  check ((score is null) = (version is null))
);

-- The newest of them, to list from. Made anew from the facts when it is empty.
delete from account_score;
-- The run that last looked at this account by itself, or last changed its score; a later one of everybody found it as it is.
alter table account_score add column scoring_run_id bigint references scoring_run;

-- States -----------------------------------------------------------------------------------------

create table account_stage (
  account_id bigint primary key references account,
  stage text not null check (stage in ('target', 'awareness', 'consideration', 'decision', 'purchase')),
  since instant not null
);

create table account_state (
  account_id bigint not null references account,
  motion key_text not null,
  state text not null check (state in ('none', 'qualified', 'claimed', 'contacted', 'accepted', 'opportunity_opened', 'won',
    'lost', 'disqualified')),
  since instant not null,
  -- The whole state, as core/qualification/state.ts has it: what the events come to.
  detail jsonb not null check (jsonb_typeof(detail) = 'object'),
  -- Of it, what lists ask for.
  owner text,
  paused_until instant,
  primary key (account_id, motion)
);
create index account_state_by_state on account_state (state, account_id);
