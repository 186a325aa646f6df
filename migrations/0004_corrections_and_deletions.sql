-- A fact that was corrected or deleted keeps what was known before: each knowledge date of a fact is a row of its own.
--   superseded_at    when the next version of the same fact became known: from then on this row no longer counts
--   deleted          the source took the fact back; such a row never counts, and ends the one before it
--   known_at_assumed nobody said when the fact became known: its own time was taken, until somebody does

alter table activity
  add column deleted boolean not null default false,
  add column superseded_at instant,
  add column known_at_assumed boolean not null default false,
  drop constraint activity_source_source_id_key,
  add constraint activity_version_key unique (source, source_id, known_at),
  add check (superseded_at > known_at);

alter table intent_signal
  add column deleted boolean not null default false,
  add column superseded_at instant,
  add column known_at_assumed boolean not null default false,
  drop constraint intent_signal_provider_topic_subject_period_start_period_en_key,
  add constraint intent_signal_version_key unique (provider, topic, subject, period_start, period_end, known_at),
  add check (superseded_at > known_at);

alter table business_event
  add column deleted boolean not null default false,
  add column superseded_at instant,
  add column known_at_assumed boolean not null default false,
  drop constraint business_event_source_source_id_key,
  add constraint business_event_version_key unique (source, source_id, known_at),
  add check (superseded_at > known_at);

alter table customer_event
  add column deleted boolean not null default false,
  add column superseded_at instant,
  add column known_at_assumed boolean not null default false,
  drop constraint customer_event_source_source_id_key,
  add constraint customer_event_version_key unique (source, source_id, known_at),
  add check (superseded_at > known_at);

-- Where facts come in versions already, a deletion is one more of them.
alter table account_version add column deleted boolean not null default false;
alter table contact_version
  add column deleted boolean not null default false,
  -- When the person became a marketing-qualified lead, by the company's rule of that day.
  add column mql_at instant;
alter table opportunity_version add column deleted boolean not null default false;

-- Few accounts are ever deleted, and every reader asks.
create index account_version_deleted on account_version (account_id, known_at) where deleted;

-- A link holds until it is removed; one that comes back starts anew.
alter table account_link add column removed_at instant;
alter table opportunity_contact add column removed_at instant;

-- What one unit of a currency was worth in US dollars on a day.
create table exchange_rate (
  currency currency_code not null,
  day calendar_day not null,
  usd_per_unit numeric(20, 10) not null check (usd_per_unit > 0),
  recorded_at instant not null default now(),
  primary key (currency, day)
);

-- Imports under way. One that was interrupted is taken up by the next import of the same files, with its starting time,
-- so that what an undated row changes is dated as if nothing had happened. The row goes when the import is finished.
create table import_attempt (
  fingerprint text primary key check (fingerprint ~ '^[0-9a-f]{64}$'),
  kind text not null,
  files text[] not null,
  started_at instant not null
);
