-- What is told to a CRM: how far into the feed each adapter has come, and what became of each account.

create table write_back (
  adapter key_text primary key,
  -- Up to this place in the feed the accounts are noted as waiting.
  read_up_to bigint not null check (read_up_to >= 0),
  -- Of the mapping by which it last wrote: another one makes every account wait.
  mapping_sha256 text not null check (mapping_sha256 ~ '^[0-9a-f]{64}$'),
  -- Failures of whole calls, one after the other.
  failures integer not null default 0 check (failures >= 0),
  paused_until instant,
  problem text
);

create table write_back_account (
  adapter key_text not null references write_back on delete cascade,
  account_id bigint not null references account,
  state text not null default 'waiting' check (state in ('waiting', 'written', 'failed')),
  attempts smallint not null default 0 check (attempts >= 0),
  next_attempt_at instant default now(),
  last_status smallint,
  last_problem text,
  last_attempt_at instant,
  -- Of what the CRM last took: the same is not sent again.
  written_sha256 text check (written_sha256 ~ '^[0-9a-f]{64}$'),
  primary key (adapter, account_id),
  check ((state = 'waiting') = (next_attempt_at is not null))
);
create index write_back_account_due on write_back_account (adapter, next_attempt_at, account_id) where state = 'waiting';
create index write_back_account_failed on write_back_account (adapter, account_id) where state = 'failed';
