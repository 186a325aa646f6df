-- The current state of each account. All of it follows from the event log.

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
  -- The whole state; the columns after it repeat what lists filter by.
  detail jsonb not null check (jsonb_typeof(detail) = 'object'),
  owner text,
  paused_until instant,
  primary key (account_id, motion)
);
create index account_state_by_state on account_state (state, account_id);
create index account_state_by_pause on account_state (paused_until) where paused_until is not null;

-- The last action of each playbook rule for each account. It is in force until it has ended or expired.
create table account_action (
  account_id bigint not null references account,
  rule key_text not null,
  triggered_at instant not null,
  expires_at instant not null check (expires_at > triggered_at),
  ended_at instant,
  ended_because text,
  action jsonb not null check (jsonb_typeof(action) = 'object'),
  primary key (account_id, rule),
  check ((ended_at is null) = (ended_because is null))
);
create index account_action_by_expiry on account_action (expires_at);

-- Segments: named filters that accounts enter and leave.
create table segment (
  name key_text primary key check (name ~ '^[a-z][a-z0-9-]{0,59}$'),
  created_at instant not null default clock_timestamp(),
  -- The revision in force, and the newest one that was evaluated for all accounts. Where they differ, the worker evaluates it.
  revision integer not null check (revision > 0),
  evaluated_revision integer not null default 0 check (evaluated_revision between 0 and revision),
  evaluated_at instant
);

-- Each definition of a segment. A null definition means that the segment was deleted.
create table segment_revision (
  name key_text not null references segment,
  revision integer not null check (revision > 0),
  -- A segment of the file is only changed in the file.
  source text not null check (source in ('file', 'api')),
  definition jsonb check (jsonb_typeof(definition) = 'object'),
  -- The user or key that stored it; null is the service itself.
  actor text,
  stored_at instant not null default clock_timestamp(),
  primary key (name, revision)
);

create table segment_member (
  segment key_text not null references segment,
  account_id bigint not null references account,
  since instant not null,
  primary key (segment, account_id)
);
create index segment_member_by_account on segment_member (account_id);
