-- Accounts of which something is known that their stored score does not rest on. Noted in the transaction of the facts; the
-- scoring takes them away, `for update skip locked`, in the transaction that stores the new scores. Who notes an account that
-- is noted already locks its row until the facts are committed: so that no scoring takes it away before it can see them.
create table account_to_score (
  account_id bigint primary key references account on delete cascade,
  since instant not null default now()
);

-- A fact that has no account yet is found by what it names as soon as that arrives, however many facts there are.
create index activity_waiting_by_account on activity (account_external_id)
  where account_id is null and account_external_id is not null;
create index activity_waiting_by_contact on activity (contact_external_id)
  where account_id is null and contact_external_id is not null;
create index activity_waiting_by_email on activity (email) where account_id is null and email is not null;
create index activity_waiting_by_mail_domain on activity (split_part(email, '@', 2))
  where account_id is null and email is not null;
create index activity_waiting_by_domain on activity (domain) where account_id is null and domain is not null;
create index intent_signal_waiting_by_account on intent_signal (account_external_id)
  where account_id is null and account_external_id is not null;
create index intent_signal_waiting_by_domain on intent_signal (domain) where account_id is null and domain is not null;
create index business_event_waiting_by_account on business_event (account_external_id)
  where account_id is null and account_external_id is not null;
create index business_event_waiting_by_domain on business_event (domain) where account_id is null and domain is not null;
create index customer_event_waiting_by_account on customer_event (account_external_id) where account_id is null;
create index opportunity_waiting on opportunity (account_external_id) where account_id is null;
-- The domains for which a name is looked up.
create index web_domain_by_name on web_domain using gin (names);
