-- What a version's training saw of the kind of company that was worth winning: the ideal customer profile, and the won accounts
-- that others are held against (core/profile).
create table customer_profile (
  version key_text primary key references model_version,
  profile json not null check (json_typeof(profile) = 'object'),
  created_at instant not null default now()
);

-- Accounts that are not in the CRM yet, the likeliest to be won first.
create index account_score_by_win on account_score (win_probability desc, external_id) where win_probability is not null;
