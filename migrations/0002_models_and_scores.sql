-- Trained bundles, the one in use, the newest scores, and the keys of those who may ask for them.

create domain probability as double precision check (value between 0 and 1);

create table model_version (
  version key_text primary key,
  -- Everything the bundle learned from was known before this instant.
  as_of instant not null,
  data_sha256 text not null check (data_sha256 ~ '^[0-9a-f]{64}$'),
  specification_sha256 text not null check (specification_sha256 ~ '^[0-9a-f]{64}$'),
  -- json, not jsonb: the artifact's own bytes are kept.
  bundle json not null check (json_typeof(bundle) = 'object'),
  created_at instant not null default now(),
  is_champion boolean not null default false
);
create unique index model_version_one_champion on model_version (is_champion) where is_champion;

create table promotion (
  promotion_id bigint generated always as identity primary key,
  version key_text not null references model_version,
  replaced key_text references model_version,
  promoted_by text not null,
  reason text,
  promoted_at instant not null default now()
);

create table account_score (
  account_id bigint primary key references account,
  external_id key_text not null,
  version key_text not null references model_version,
  as_of instant not null,
  qualified_probability probability,
  in_market_probability probability,
  win_probability probability,
  -- The published score as the API answers it.
  score jsonb not null check (jsonb_typeof(score) = 'object'),
  scored_at instant not null default now()
);
create index account_score_by_qualified on account_score (qualified_probability desc, external_id)
  where qualified_probability is not null;

create table api_key (
  key_id key_text primary key,
  secret_sha256 bytea not null check (octet_length(secret_sha256) = 32),
  scopes text[] not null check (cardinality(scopes) > 0),
  actor text,
  created_at instant not null default now(),
  last_used_at instant,
  revoked_at instant
);
