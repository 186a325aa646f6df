-- What a version's training saw of the kind of company that was worth winning: the ideal customer profile, and the won accounts
-- that others are held against (core/profile).
create table customer_profile (
  version key_text primary key references model_version,
  profile json not null check (json_typeof(profile) = 'object'),
  created_at instant not null default now()
);
