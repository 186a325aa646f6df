-- The facts (docs/architecture.md, "Facts and time"). Every version and every link carries
--   known_at     when the fact reached the company, as far as its systems say (backfilled: nobody said; valid for all of the past)
--   recorded_at  when this database received it; never changed
-- A fact that names an account we do not have keeps the name it came with and a null account_id, until the account appears.

create domain instant as timestamptz
  check (value >= '1900-01-01 00:00:00+00' and value < '2200-01-01 00:00:00+00');
create domain calendar_day as date
  check (value >= '1900-01-01' and value < '2200-01-01');
create domain key_text as text collate "C"
  check (value <> '' and value = btrim(value) and length(value) <= 400);
-- Not `money`: that name is a built-in type.
create domain money_amount as numeric(18, 4)
  check (value <> 'NaN');
create domain currency_code as text collate "C"
  check (value ~ '^[A-Z]{3}$');

-- Accounts ---------------------------------------------------------------------------------------

create table account (
  account_id bigint generated always as identity primary key,
  external_id key_text not null unique,
  -- The earliest known_at of its versions: before this instant the account does not exist for us.
  known_at instant not null,
  backfilled boolean not null,
  recorded_at instant not null default now()
);

-- Each version replaces the whole of what that source said before; sources are combined by a fixed precedence when read.
create table account_version (
  account_id bigint not null references account,
  source key_text not null,
  known_at instant not null,
  backfilled boolean not null,
  attributes jsonb not null check (jsonb_typeof(attributes) = 'object'),
  recorded_at instant not null default now(),
  primary key (account_id, source, known_at)
);

-- How facts find an account that they do not name: a web or email domain, a network, a visitor cookie.
create table account_link (
  kind text not null check (kind in ('domain', 'network', 'visitor')),
  value key_text not null,
  account_id bigint not null references account,
  network cidr,
  known_at instant not null,
  backfilled boolean not null,
  recorded_at instant not null default now(),
  primary key (kind, value, account_id),
  check ((kind = 'network') = (network is not null))
);
create index account_link_by_account on account_link (account_id);
create index account_link_by_network on account_link using gist (network inet_ops) where network is not null;

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
  account_id bigint references account,
  account_external_id key_text,
  email key_text,
  name text,
  title text,
  seniority text check (seniority in ('c_level', 'vp', 'director', 'manager', 'individual')),
  department key_text,
  buying_role text check (buying_role in
    ('economic_decision_maker', 'technical_decision_maker', 'procurement', 'influencer', 'user')),
  attributes jsonb not null default '{}' check (jsonb_typeof(attributes) = 'object'),
  recorded_at instant not null default now(),
  primary key (contact_id, source, known_at)
);
create index contact_version_by_account on contact_version (account_id, contact_id);
create index contact_version_by_email on contact_version (email) where email is not null;
create index contact_version_unmatched on contact_version (account_external_id) where account_id is null;

-- What happened ----------------------------------------------------------------------------------
-- linked_at: since when the way from the fact to its account was known (a contact's account, a domain, a network).

create table activity (
  activity_id bigint generated always as identity primary key,
  source key_text not null,
  source_id key_text not null,
  kind key_text not null,
  occurred_at instant not null,
  known_at instant not null,
  -- Order among facts of one instant, where the source's own order is the only thing that tells.
  ordinal bigint not null default 0,
  -- Who caused it. Only what the buyer did is evidence; a mapping may declare a source's events evidence, saying why.
  initiated_by text not null default 'sales' check (initiated_by in ('buyer', 'sales', 'system')),
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
  unique (source, source_id),
  check ((account_id is null) = (linked_at is null)),
  check (initiated_by <> 'buyer' or evidence)
);
create index activity_by_account on activity (account_id, occurred_at);
-- A contact's new version may move what the contact did to another account.
create index activity_by_contact on activity (contact_id) where contact_id is not null;
-- What the match rule is applied to again: an activity also waits for the person that it names.
create index activity_unmatched on activity (activity_id)
  where account_id is null or (contact_id is null and (contact_external_id is not null or email is not null));

create table intent_signal (
  intent_signal_id bigint generated always as identity primary key,
  provider key_text not null,
  topic key_text not null,
  -- The account as the provider names it: its external id or its domain.
  subject key_text not null,
  period_start calendar_day not null,
  period_end calendar_day not null,
  observed_at instant not null,
  known_at instant not null,
  strength numeric(7, 4) not null check (strength between 0 and 100),
  account_id bigint references account,
  linked_at instant,
  account_external_id key_text,
  domain key_text,
  recorded_at instant not null default now(),
  unique (provider, topic, subject, period_start, period_end),
  check (period_end >= period_start),
  check ((account_id is null) = (linked_at is null))
);
create index intent_signal_by_account on intent_signal (account_id, observed_at);
create index intent_signal_unmatched on intent_signal (intent_signal_id) where account_id is null;

create table business_event (
  business_event_id bigint generated always as identity primary key,
  source key_text not null,
  source_id key_text not null,
  kind key_text not null,
  occurred_at instant not null,
  known_at instant not null,
  account_id bigint references account,
  linked_at instant,
  account_external_id key_text,
  domain key_text,
  attributes jsonb not null default '{}' check (jsonb_typeof(attributes) = 'object'),
  recorded_at instant not null default now(),
  unique (source, source_id),
  check ((account_id is null) = (linked_at is null))
);
create index business_event_by_account on business_event (account_id, occurred_at);
create index business_event_unmatched on business_event (business_event_id) where account_id is null;

create table customer_event (
  customer_event_id bigint generated always as identity primary key,
  source key_text not null,
  source_id key_text not null,
  kind text not null check (kind in ('renewal', 'expansion', 'churn')),
  occurred_at instant not null,
  known_at instant not null,
  amount money_amount,
  currency currency_code,
  account_id bigint references account,
  linked_at instant,
  account_external_id key_text not null,
  recorded_at instant not null default now(),
  unique (source, source_id),
  check ((account_id is null) = (linked_at is null)),
  check (amount is null or currency is not null)
);
create index customer_event_by_account on customer_event (account_id, occurred_at);
create index customer_event_unmatched on customer_event (customer_event_id) where account_id is null;

-- Opportunities ----------------------------------------------------------------------------------

create table opportunity (
  opportunity_id bigint generated always as identity primary key,
  external_id key_text not null unique,
  account_id bigint references account,
  account_external_id key_text not null,
  recorded_at instant not null default now()
);
create index opportunity_by_account on opportunity (account_id);

-- An export says how an opportunity stands today. Without a known_at it becomes two versions: what could be known when it
-- opened (no amount, no stage: both are overwritten later), and the whole row from the day it closed.
create table opportunity_version (
  opportunity_id bigint not null references opportunity,
  known_at instant not null,
  backfilled boolean not null,
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

create table spend (
  month calendar_day not null check (extract(day from month) = 1),
  channel key_text not null,
  currency currency_code not null,
  amount money_amount not null check (amount >= 0),
  recorded_at instant not null default now(),
  primary key (month, channel, currency)
);

-- Zero is not unknown ----------------------------------------------------------------------------
-- Since when a source has been telling us of a kind of fact: the earliest facts, one row per step by which knowledge
-- reached further back. A window that starts before its source's first fact is unknown, not empty.

create table feed_start (
  fact text not null check (fact in ('activity', 'intent_signal', 'business_event', 'customer_event')),
  source key_text not null,
  kind key_text not null,
  occurred_at instant not null,
  known_at instant not null,
  primary key (fact, source, kind, known_at)
);

-- Imports ----------------------------------------------------------------------------------------

create table import_run (
  import_run_id bigint generated always as identity primary key,
  kind text not null,
  files text[] not null,
  counts jsonb not null,
  reasons jsonb not null,
  started_at instant not null,
  finished_at instant not null
);
