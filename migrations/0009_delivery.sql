-- Webhooks, and the write-back to a CRM.

create table webhook_endpoint (
  webhook_endpoint_id key_text primary key,
  url text not null check (octet_length(url) between 1 and 8000),
  description text,
  -- Null means every type, future ones included.
  event_types text[] check (cardinality(event_types) > 0),
  -- Signs the messages, so it is stored in plain. The API returns it once, when it is created.
  secret bytea not null check (octet_length(secret) = 32),
  -- The secret before the last rotation signs too, until previous_secret_until.
  previous_secret bytea check (octet_length(previous_secret) = 32),
  previous_secret_until instant,
  disabled_because text check (disabled_because in ('by_hand', 'gone', 'failing')),
  disabled_at instant,
  -- Since when every attempt has failed.
  failing_since instant,
  -- The receiver's answer asked for a pause until then.
  paused_until instant,
  -- The position in the feed up to which deliveries were created.
  made_up_to bigint not null check (made_up_to >= 0),
  created_at instant not null default now(),
  check ((disabled_because is null) = (disabled_at is null)),
  check ((previous_secret is null) = (previous_secret_until is null))
);

-- The rows are the queue. A delivery in progress is one whose next attempt lies in the future: a sender that is killed leaves
-- nothing to clean up.
create table delivery (
  delivery_id bigint generated always as identity primary key,
  webhook_endpoint_id key_text not null references webhook_endpoint on delete cascade,
  event_id bigint not null references event on delete cascade,
  -- Equal in all attempts, so that the receiver recognises a repetition.
  message_id key_text not null unique default 'msg_' || replace(gen_random_uuid()::text, '-', ''),
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'dead')),
  attempts smallint not null default 0 check (attempts >= 0),
  -- During an attempt: when the attempt counts as lost.
  next_attempt_at instant default now(),
  last_attempt_at instant,
  last_status smallint,
  last_problem text,
  delivered_at instant,
  unique (webhook_endpoint_id, event_id),
  check ((state = 'waiting') = (next_attempt_at is not null)),
  check ((state = 'delivered') = (delivered_at is not null))
);
create index delivery_due on delivery (webhook_endpoint_id, next_attempt_at, delivery_id) where state = 'waiting';
create index delivery_by_endpoint on delivery (webhook_endpoint_id, delivery_id);
create index delivery_by_state on delivery (state, delivery_id);
create index delivery_by_event on delivery (event_id);

create table write_back (
  adapter key_text primary key,
  -- The position in the feed up to which accounts were queued.
  read_up_to bigint not null check (read_up_to >= 0),
  -- The digest of the mapping of the last write. Another mapping queues all accounts.
  mapping_sha256 text not null check (mapping_sha256 ~ '^[0-9a-f]{64}$'),
  -- Consecutive failures of whole calls.
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
  -- The digest of the fields that the CRM last accepted. Equal fields are not sent again.
  written_sha256 text check (written_sha256 ~ '^[0-9a-f]{64}$'),
  primary key (adapter, account_id),
  check ((state = 'waiting') = (next_attempt_at is not null))
);
create index write_back_account_due on write_back_account (adapter, next_attempt_at, account_id) where state = 'waiting';
create index write_back_account_failed on write_back_account (adapter, account_id) where state = 'failed';
