-- Keys have one spelling (docs/import.md, "Ids"): ids of Salesforce have 18 characters, GUIDs are in lower case and without braces.
-- Keys that were stored in another one take it, so that later files meet them. Where two accounts, contacts or opportunities are
-- there for two spellings of one key, the one in the right spelling keeps it and the other stays as it is: merging is for people.
create function pg_temp.key_checksum(id text) returns text language sql immutable as $$
  select string_agg(substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ012345', bits + 1, 1), '' order by part)
  from (
    select part, sum(case when substr(id, part * 5 + place + 1, 1) collate "C" ~ '[A-Z]' then 1 << place else 0 end)::integer as bits
    from generate_series(0, 2) part, generate_series(0, 4) place group by part
  ) parts
$$;

create function pg_temp.one_spelling(id text) returns text language sql immutable as $$
  select case
    when length(id) = 15 and id collate "C" ~ '[A-Za-z]' and id collate "C" ~
        '^(0|5[0-9]|7[01]|8[01]|[ae](?=.{4,5}000))[0-9A-Za-z]{4,6}0[0-9A-Za-z]{8,9}$'
      then id || pg_temp.key_checksum(id)
    when length(id) in (36, 38) and id collate "C" ~
        '^([0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\})$'
      then lower(btrim(id, '{}'))
    else id
  end
$$;

with renamed as (
  update account set external_id = n.spelling from (
    select account_id, pg_temp.one_spelling(external_id) as spelling, row_number() over (
      partition by pg_temp.one_spelling(external_id) order by external_id = pg_temp.one_spelling(external_id) desc, account_id) as place
    from account
  ) n where n.account_id = account.account_id and n.place = 1 and n.spelling <> account.external_id
  returning account.external_id
)
insert into identity_change (kind, value) select 'account', external_id from renamed;

with renamed as (
  update contact set external_id = n.spelling from (
    select contact_id, pg_temp.one_spelling(external_id) as spelling, row_number() over (
      partition by pg_temp.one_spelling(external_id) order by external_id = pg_temp.one_spelling(external_id) desc, contact_id) as place
    from contact
  ) n where n.contact_id = contact.contact_id and n.place = 1 and n.spelling <> contact.external_id
  returning contact.external_id
)
insert into identity_change (kind, value) select 'contact', external_id from renamed;

update opportunity set external_id = n.spelling from (
  select opportunity_id, pg_temp.one_spelling(external_id) as spelling, row_number() over (
    partition by pg_temp.one_spelling(external_id) order by external_id = pg_temp.one_spelling(external_id) desc, opportunity_id) as place
  from opportunity
) n where n.opportunity_id = opportunity.opportunity_id and n.place = 1 and n.spelling <> opportunity.external_id;

update account_score s set external_id = a.external_id from account a
where a.account_id = s.account_id and a.external_id <> s.external_id;

-- What facts name: the account or the contact that has the name now, where nobody has the stored one.
update contact_version f set account_external_id = pg_temp.one_spelling(account_external_id)
where pg_temp.one_spelling(account_external_id) <> account_external_id
  and not exists (select from account a where a.external_id = f.account_external_id);
update opportunity f set account_external_id = pg_temp.one_spelling(account_external_id)
where pg_temp.one_spelling(account_external_id) <> account_external_id
  and not exists (select from account a where a.external_id = f.account_external_id);
update activity f set account_external_id = pg_temp.one_spelling(account_external_id)
where pg_temp.one_spelling(account_external_id) <> account_external_id
  and not exists (select from account a where a.external_id = f.account_external_id);
update activity f set contact_external_id = pg_temp.one_spelling(contact_external_id)
where pg_temp.one_spelling(contact_external_id) <> contact_external_id
  and not exists (select from contact c where c.external_id = f.contact_external_id);
update business_event f set account_external_id = pg_temp.one_spelling(account_external_id)
where pg_temp.one_spelling(account_external_id) <> account_external_id
  and not exists (select from account a where a.external_id = f.account_external_id);
update customer_event f set account_external_id = pg_temp.one_spelling(account_external_id)
where pg_temp.one_spelling(account_external_id) <> account_external_id
  and not exists (select from account a where a.external_id = f.account_external_id);

-- Of a signal and an event the name is, or may be, a part of the key.
update intent_signal f set account_external_id = pg_temp.one_spelling(account_external_id),
  subject = case when subject = account_external_id then pg_temp.one_spelling(subject) else subject end
where pg_temp.one_spelling(account_external_id) <> account_external_id
  and not exists (select from account a where a.external_id = f.account_external_id)
  and not exists (select from intent_signal g where g.provider = f.provider and g.topic = f.topic
    and g.subject = pg_temp.one_spelling(f.account_external_id) and g.period_start = f.period_start
    and g.period_end = f.period_end and g.known_at = f.known_at);
update activity f set source_id = pg_temp.one_spelling(source_id)
where pg_temp.one_spelling(source_id) <> source_id
  and not exists (select from activity g where g.source = f.source and g.source_id = pg_temp.one_spelling(f.source_id));
