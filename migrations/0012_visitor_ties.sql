-- Visitor ids that are tied to an account by an address, and mailboxes that contacts of two accounts share.

-- An event that carries a visitor id and an email address ties the two: from then on the visitor's events, earlier and later, are
-- those of the account of the address.
create table visitor_tie (
  visitor_id key_text not null,
  email key_text not null,
  -- When the first event that carries both was known, and when the last of them was taken back.
  known_at instant not null,
  removed_at instant,
  -- The account of the address, and in which time that is known of the visitor; derived when facts are matched again.
  account_id bigint references account,
  linked_at instant,
  unlinked_at instant,
  recorded_at instant not null default now(),
  primary key (visitor_id, email),
  check ((account_id is null) = (linked_at is null))
);
create index visitor_tie_by_email on visitor_tie (email);
create index visitor_tie_by_mail_domain on visitor_tie (split_part(email, '@', 2));

-- The events that tie, and those that wait for an account of their visitor.
create index activity_tying on activity (visitor_id, email) where visitor_id is not null and email is not null;
create index activity_waiting_by_visitor on activity (visitor_id) where account_id is null and visitor_id is not null;

-- All that claims a value: the links that were imported, and the ties.
create view claim_source as
  select kind, value, network, account_id, known_at, removed_at from account_link
  union all
  select 'visitor', visitor_id, null, account_id, linked_at, unlinked_at from visitor_tie where account_id is not null;

create or replace function refresh_account_claims(kinds text[], claimed text[]) returns void language sql as $$
  delete from account_claim c using unnest(kinds, claimed) k (kind, value) where c.kind = k.kind and c.value = k.value;
  with link as materialized (
    select l.kind, l.value, l.network, l.account_id, l.known_at, coalesce(l.removed_at, 'infinity') as removed_at,
      min(l.account_id) over one_value <> max(l.account_id) over one_value as is_shared
    from (select distinct kind, value from unnest(kinds, claimed) u (kind, value)) k
    join claim_source l on l.kind = k.kind and l.value = k.value
    where l.removed_at is null or l.removed_at > l.known_at
    window one_value as (partition by l.kind, l.value)
  ), step as (
    select kind, value, known_at as at from link
    union select kind, value, removed_at from link where removed_at < 'infinity'
    union select l.kind, l.value, m.known_at from link l join merged_account m on m.account_id = l.account_id where l.is_shared
  ), period as (
    select kind, value, at as valid_from, lead(at, 1, 'infinity') over (partition by kind, value order by at) as valid_until
    from step
  ), claimant as (
    select p.kind, p.value, p.valid_from, p.valid_until, l.network, l.account_id, coalesce((
      select m.survivor_id from merged_account m
      where l.is_shared and m.account_id = l.account_id and m.known_at <= p.valid_from order by m.depth desc limit 1
    ), l.account_id) as survivor_id
    from period p
    join link l on l.kind = p.kind and l.value = p.value and l.known_at <= p.valid_from and l.removed_at > p.valid_from
  )
  insert into account_claim (kind, value, valid_from, valid_until, account_id, network)
  select kind, value, valid_from, valid_until,
    case
      when min(account_id) = max(account_id) then min(account_id)
      when min(survivor_id) = max(survivor_id) then min(survivor_id)
    end, (array_agg(network))[1]
  from claimant group by kind, value, valid_from, valid_until
$$;

create or replace function refresh_merged_accounts() returns void language plpgsql as $$
begin
  perform lock_account_claims();
  delete from merged_account;
  insert into merged_account (account_id, survivor_id, depth, known_at)
  with recursive merge as (
    select m.account_id, m.into_account_id, greatest(m.known_at, a.known_at, i.known_at)::timestamptz as known_at
    from account_merge m
    join account a on a.account_id = m.account_id
    join account i on i.account_id = m.into_account_id
  ), way as (
    select account_id, into_account_id as survivor_id, 1 as depth, known_at from merge
    union all
    select w.account_id, m.into_account_id, w.depth + 1, greatest(w.known_at, m.known_at)
    from way w join merge m on m.account_id = w.survivor_id
  ) cycle survivor_id set is_cycle using path
  select account_id, survivor_id, depth, known_at from way where not is_cycle;
  if exists (select from merged_account where account_id = survivor_id) then
    raise exception 'accounts cannot be merged in a circle' using errcode = 'check_violation';
  end if;
  -- A value that several accounts claimed may identify one account now, and so may a mailbox that contacts of several share.
  perform change_claims(array_agg(c.kind), array_agg(c.value)) from (
    select l.kind, l.value::text from claim_source l left join merged_account m on m.account_id = l.account_id
    group by l.kind, l.value having count(m.account_id) > 0 and count(distinct l.account_id) > 1
  ) c having count(*) > 0;
  insert into identity_change (kind, value)
  select 'email', v.email from contact_version v left join merged_account m on m.account_id = v.account_id
  where v.email is not null
  group by v.email having count(m.account_id) > 0 and count(distinct v.account_id) > 1;
end $$;

-- A contact that has another address now no longer claims the one it had.
create or replace function note_contacts() returns trigger language plpgsql as $$
begin
  insert into identity_change (kind, value)
  select distinct 'contact', c.external_id::text from changed v join contact c on c.contact_id = v.contact_id
  union all
  select distinct 'email', e.email::text from (
    select v.email from changed v where v.email is not null
    union select w.email from changed v join contact_version w on w.contact_id = v.contact_id where w.email is not null
  ) e;
  return null;
end $$;
