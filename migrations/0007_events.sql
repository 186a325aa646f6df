-- The event log: the history of all accounts, from which the feed, the webhooks and the write-back read.

create table event (
  -- Increases within one account in the order of writing. Events of different accounts may commit in another order.
  event_id bigint generated always as identity primary key,
  -- The position in the feed, without gaps. Committed rows are numbered one by one. Null before that, and always null in
  -- events that are not in the feed.
  sequence bigint unique check (sequence > 0),
  in_feed boolean not null default true,
  type key_text not null,
  account_id bigint references account,
  motion key_text,
  -- The event follows from what was known before this instant. For a user's action, the time of the action.
  as_of instant not null,
  occurred_at instant not null default clock_timestamp(),
  model_version key_text references model_version,
  -- The user or key that caused the event; null is the service itself.
  actor text,
  payload jsonb not null default '{}' check (jsonb_typeof(payload) = 'object'),
  check (sequence is null or in_feed),
  -- The assignment to the holdout stays out of the feed, and so do outcomes that were history at the first import.
  check (not in_feed or type <> 'holdout.assigned'),
  check (not in_feed or type <> 'opportunity.known')
);
create index event_by_account on event (account_id, event_id);
create index event_by_type on event (type, as_of);
create index event_without_sequence on event (event_id) where sequence is null and in_feed;
-- The last events of each account's score, segments and opportunities: what was last reported.
create index event_of_score on event (account_id, event_id) where type = 'score.changed';
create index event_of_segment on event ((payload ->> 'segment'), account_id, event_id)
  where type in ('segment.entered', 'segment.left');
create index event_of_outcome on event ((payload ->> 'opportunity'), event_id)
  where type in ('opportunity.won', 'opportunity.lost', 'opportunity.known');

-- The last position given. A table of its own, so that deleting events never frees a position.
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
