-- The facts that customers import (docs/architecture.md, "Facts and time").
--
-- A corrected or deleted fact keeps its earlier versions: each known_at of a fact is a row of its own.
--   known_at          when the company learned of the fact, by its own systems
--   known_at_assumed  no known_at was given: the time of the fact itself was taken
--   backfilled        no known_at was given: the version is valid for all of the past
--   recorded_at       when this database received the row; never changed
--   superseded_at     when the next version of the fact became known; from then on this row does not count
--   deleted           the source deleted the fact: such a row never counts, and ends the version before it
--   linked_at         since when the link from the fact to its account was known (by a contact, a domain, a network)
-- A fact whose account is missing keeps the account's name and a null account_id until the account is imported.

-- Accounts ---------------------------------------------------------------------------------------

create table account (
  account_id bigint generated always as identity primary key,
  external_id key_text not null unique,
  -- The earliest known_at of its versions. Before this instant the account does not exist.
  known_at instant not null,
  backfilled boolean not null,
  recorded_at instant not null default now()
);

-- A version holds all attributes that its source gives. Reading combines the sources by a fixed precedence.
create table account_version (
  account_id bigint not null references account,
  source key_text not null,
  known_at instant not null,
  backfilled boolean not null,
  deleted boolean not null default false,
  attributes jsonb not null check (jsonb_typeof(attributes) = 'object'),
  recorded_at instant not null default now(),
  primary key (account_id, source, known_at)
);
-- Few accounts are deleted, and every reader checks.
create index account_version_deleted on account_version (account_id, known_at) where deleted;

-- People -----------------------------------------------------------------------------------------

create table contact (
  contact_id bigint generated always as identity primary key,
  external_id key_text not null unique,
  known_at instant not null,
  backfilled boolean not null,
  recorded_at instant not null default now()
);

create table contact_version (
  contact_id bigint not null references contact,
  source key_text not null,
  known_at instant not null,
  backfilled boolean not null,
  deleted boolean not null default false,
  account_id bigint references account,
  account_external_id key_text,
  email key_text,
  name text,
  title text,
  seniority text check (seniority in ('c_level', 'vp', 'director', 'manager', 'individual')),
  department key_text,
  buying_role text check (buying_role in
    ('economic_decision_maker', 'technical_decision_maker', 'procurement', 'influencer', 'user')),
  -- When the contact became a marketing-qualified lead, by the company's rule of that day.
  mql_at instant,
  attributes jsonb not null default '{}' check (jsonb_typeof(attributes) = 'object'),
  recorded_at instant not null default now(),
  primary key (contact_id, source, known_at)
);
create index contact_version_by_account on contact_version (account_id, contact_id);
create index contact_version_by_email on contact_version (email) where email is not null;
create index contact_version_unmatched on contact_version (account_external_id) where account_id is null;

-- Activities, signals and events -----------------------------------------------------------------

create table activity (
  activity_id bigint generated always as identity primary key,
  source key_text not null,
  source_id key_text not null,
  kind key_text not null,
  occurred_at instant not null,
  known_at instant not null,
  known_at_assumed boolean not null default false,
  superseded_at instant,
  deleted boolean not null default false,
  -- Orders activities of one instant, where the source gives an order.
  ordinal bigint not null default 0,
  initiated_by text not null default 'sales' check (initiated_by in ('buyer', 'sales', 'system')),
  -- Whether the activity says something about the buyer. A mapping may declare activities of sales as evidence.
  evidence boolean not null,
  account_id bigint references account,
  contact_id bigint references contact,
  linked_at instant,
  account_external_id key_text,
  contact_external_id key_text,
  email key_text,
  domain key_text,
  ip inet,
  visitor_id key_text,
  attributes jsonb not null default '{}' check (jsonb_typeof(attributes) = 'object'),
  recorded_at instant not null default now(),
  constraint activity_version_key unique (source, source_id, known_at),
  check ((account_id is null) = (linked_at is null)),
  check (initiated_by <> 'buyer' or evidence),
  check (superseded_at > known_at)
);
create index activity_by_account on activity (account_id, occurred_at);
-- A new version of a contact may move the contact's activities to another account.
create index activity_by_contact on activity (contact_id) where contact_id is not null;
-- The activities to match again: without an account, or without the contact that they name.
create index activity_unmatched on activity (activity_id)
  where account_id is null or (contact_id is null and (contact_external_id is not null or email is not null));
-- Facts that wait for an account, by what they name.
create index activity_waiting_by_account on activity (account_external_id)
  where account_id is null and account_external_id is not null;
create index activity_waiting_by_contact on activity (contact_external_id)
  where account_id is null and contact_external_id is not null;
create index activity_waiting_by_email on activity (email) where account_id is null and email is not null;
create index activity_waiting_by_mail_domain on activity (split_part(email, '@', 2))
  where account_id is null and email is not null;
create index activity_waiting_by_domain on activity (domain) where account_id is null and domain is not null;

create table intent_signal (
  intent_signal_id bigint generated always as identity primary key,
  provider key_text not null,
  topic key_text not null,
  -- The provider's key of the account: an external id or a domain.
  subject key_text not null,
  period_start calendar_day not null,
  period_end calendar_day not null,
  observed_at instant not null,
  known_at instant not null,
  known_at_assumed boolean not null default false,
  superseded_at instant,
  deleted boolean not null default false,
  strength numeric(7, 4) not null check (strength between 0 and 100),
  account_id bigint references account,
  linked_at instant,
  account_external_id key_text,
  domain key_text,
  recorded_at instant not null default now(),
  constraint intent_signal_version_key unique (provider, topic, subject, period_start, period_end, known_at),
  check (period_end >= period_start),
  check ((account_id is null) = (linked_at is null)),
  check (superseded_at > known_at)
);
create index intent_signal_by_account on intent_signal (account_id, observed_at);
create index intent_signal_unmatched on intent_signal (intent_signal_id) where account_id is null;
create index intent_signal_waiting_by_account on intent_signal (account_external_id)
  where account_id is null and account_external_id is not null;
create index intent_signal_waiting_by_domain on intent_signal (domain) where account_id is null and domain is not null;

create table business_event (
  business_event_id bigint generated always as identity primary key,
  source key_text not null,
  source_id key_text not null,
  kind key_text not null,
  occurred_at instant not null,
  known_at instant not null,
  known_at_assumed boolean not null default false,
  superseded_at instant,
  deleted boolean not null default false,
  account_id bigint references account,
  linked_at instant,
  account_external_id key_text,
  domain key_text,
  attributes jsonb not null default '{}' check (jsonb_typeof(attributes) = 'object'),
  recorded_at instant not null default now(),
  constraint business_event_version_key unique (source, source_id, known_at),
  check ((account_id is null) = (linked_at is null)),
  check (superseded_at > known_at)
);
create index business_event_by_account on business_event (account_id, occurred_at);
create index business_event_unmatched on business_event (business_event_id) where account_id is null;
create index business_event_waiting_by_account on business_event (account_external_id)
  where account_id is null and account_external_id is not null;
create index business_event_waiting_by_domain on business_event (domain) where account_id is null and domain is not null;

create table customer_event (
  customer_event_id bigint generated always as identity primary key,
  source key_text not null,
  source_id key_text not null,
  kind text not null check (kind in ('renewal', 'expansion', 'churn')),
  occurred_at instant not null,
  known_at instant not null,
  known_at_assumed boolean not null default false,
  superseded_at instant,
  deleted boolean not null default false,
  amount money_amount,
  currency currency_code,
  account_id bigint references account,
  linked_at instant,
  account_external_id key_text not null,
  recorded_at instant not null default now(),
  constraint customer_event_version_key unique (source, source_id, known_at),
  check ((account_id is null) = (linked_at is null)),
  check (amount is null or currency is not null),
  check (superseded_at > known_at)
);
create index customer_event_by_account on customer_event (account_id, occurred_at);
create index customer_event_unmatched on customer_event (customer_event_id) where account_id is null;
create index customer_event_waiting_by_account on customer_event (account_external_id) where account_id is null;

-- The first occurred_at of each kind of fact by source, with one row for each import that extended it into the past.
-- Before its source's first fact the number of facts in a window is unknown, not zero. Of activities only evidence counts.
create table feed_start (
  fact text not null check (fact in ('activity', 'intent_signal', 'business_event', 'customer_event')),
  source key_text not null,
  kind key_text not null,
  occurred_at instant not null,
  known_at instant not null,
  primary key (fact, source, kind, known_at)
);

-- Opportunities ----------------------------------------------------------------------------------

create table opportunity (
  opportunity_id bigint generated always as identity primary key,
  external_id key_text not null unique,
  account_id bigint references account,
  account_external_id key_text not null,
  recorded_at instant not null default now()
);
create index opportunity_by_account on opportunity (account_id);
create index opportunity_waiting on opportunity (account_external_id) where account_id is null;

-- An export gives the opportunity of today. A row without known_at becomes two versions: what was known when the
-- opportunity opened (without amount and stage, which are overwritten later), and the whole row from the day it closed.
create table opportunity_version (
  opportunity_id bigint not null references opportunity,
  known_at instant not null,
  backfilled boolean not null,
  deleted boolean not null default false,
  name text,
  opened_at instant not null,
  closed_at instant,
  outcome text not null check (outcome in ('won', 'lost', 'open')),
  amount money_amount,
  currency currency_code,
  type text check (type in ('new_business', 'renewal', 'expansion')),
  lead_source text check (lead_source in ('inbound', 'outbound', 'partner')),
  stage key_text,
  attributes jsonb not null default '{}' check (jsonb_typeof(attributes) = 'object'),
  recorded_at instant not null default now(),
  primary key (opportunity_id, known_at),
  check ((outcome = 'open') = (closed_at is null)),
  check (closed_at is null or closed_at >= opened_at),
  check (amount is null or currency is not null)
);

create table opportunity_contact (
  opportunity_id bigint not null references opportunity,
  contact_id bigint not null references contact,
  role text check (role in
    ('economic_decision_maker', 'technical_decision_maker', 'procurement', 'influencer', 'user')),
  known_at instant not null,
  backfilled boolean not null,
  -- A contact that is added again after its removal has a new known_at.
  removed_at instant,
  recorded_at instant not null default now(),
  primary key (opportunity_id, contact_id)
);
create index opportunity_contact_by_contact on opportunity_contact (contact_id);

create table stage_history (
  opportunity_id bigint not null references opportunity,
  stage key_text not null,
  entered_at instant not null,
  known_at instant not null,
  recorded_at instant not null default now(),
  primary key (opportunity_id, stage, entered_at)
);

-- Money ------------------------------------------------------------------------------------------

create table spend (
  month calendar_day not null check (extract(day from month) = 1),
  channel key_text not null,
  currency currency_code not null,
  amount money_amount not null check (amount >= 0),
  recorded_at instant not null default now(),
  primary key (month, channel, currency)
);

create table exchange_rate (
  currency currency_code not null,
  day calendar_day not null,
  usd_per_unit numeric(20, 10) not null check (usd_per_unit > 0),
  recorded_at instant not null default now(),
  primary key (currency, day)
);
