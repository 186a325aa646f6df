-- Segments: named filters into which accounts move, and out of which, by themselves.

create table segment (
  name key_text primary key check (name ~ '^[a-z][a-z0-9-]{0,59}$'),
  created_at instant not null default clock_timestamp(),
  -- The revision in force, and the newest that was evaluated for all accounts. Where they differ, the worker does so.
  revision integer not null check (revision > 0),
  evaluated_revision integer not null default 0 check (evaluated_revision between 0 and revision),
  evaluated_at instant
);

-- What a segment was, since when. The last row of a deleted one has no definition.
create table segment_revision (
  name key_text not null references segment,
  revision integer not null check (revision > 0),
  -- Of those of a file the file is the only place to change them.
  source text not null check (source in ('file', 'api')),
  definition jsonb check (jsonb_typeof(definition) = 'object'),
  -- Who; null is the service itself.
  actor text,
  stored_at instant not null default clock_timestamp(),
  primary key (name, revision)
);

-- Who is in which: what the events segment.entered and segment.left come to.
create table segment_member (
  segment key_text not null references segment,
  account_id bigint not null references account,
  since instant not null,
  primary key (segment, account_id)
);
create index segment_member_by_account on segment_member (account_id);

create index event_of_segment on event ((payload ->> 'segment'), account_id, event_id)
  where type in ('segment.entered', 'segment.left');
