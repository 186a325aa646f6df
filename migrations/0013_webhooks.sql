-- Webhooks: where events are sent, and what became of each sending. The rows of `delivery` are the queue itself: a delivery
-- that is under way is one whose next attempt lies in the future, so whoever was killed while sending needs no clearing up.

create table webhook_endpoint (
  webhook_endpoint_id key_text primary key,
  url text not null check (octet_length(url) between 1 and 8000),
  description text,
  -- Null: every type, also those to come.
  event_types text[] check (cardinality(event_types) > 0),
  -- Signs what is sent, so it must be readable here. Answered once, when it is made.
  secret bytea not null check (octet_length(secret) = 32),
  -- The one before, which signs too until then.
  previous_secret bytea check (octet_length(previous_secret) = 32),
  previous_secret_until instant,
  disabled_because text check (disabled_because in ('by_hand', 'gone', 'failing')),
  disabled_at instant,
  -- Since when every attempt has failed.
  failing_since instant,
  -- The receiver asked to be left alone until then.
  paused_until instant,
  -- Up to this place in the feed the deliveries are made.
  made_up_to bigint not null check (made_up_to >= 0),
  created_at instant not null default now(),
  check ((disabled_because is null) = (disabled_at is null)),
  check ((previous_secret is null) = (previous_secret_until is null))
);

create table delivery (
  delivery_id bigint generated always as identity primary key,
  webhook_endpoint_id key_text not null references webhook_endpoint on delete cascade,
  event_id bigint not null references event on delete cascade,
  -- The same in every attempt, so that the receiver can tell a repetition.
  message_id key_text not null unique default 'msg_' || replace(gen_random_uuid()::text, '-', ''),
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'dead')),
  attempts smallint not null default 0 check (attempts >= 0),
  -- While one is under way: when it counts as lost.
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

-- What was last told of an account's scores.
create index event_of_score on event (account_id, event_id) where type = 'score.changed';
