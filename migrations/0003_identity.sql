-- How a fact finds its account (docs/import.md, "How a fact finds its account").

-- Links ------------------------------------------------------------------------------------------

-- A web or email domain, a network or a visitor cookie that an account claims.
create table account_link (
  kind text not null check (kind in ('domain', 'network', 'visitor')),
  value key_text not null,
  account_id bigint not null references account,
  network cidr,
  known_at instant not null,
  backfilled boolean not null,
  -- A link that is added again after its removal has a new known_at.
  removed_at instant,
  recorded_at instant not null default now(),
  primary key (kind, value, account_id),
  check ((kind = 'network') = (network is not null))
);
create index account_link_by_account on account_link (account_id);
create index account_link_by_network on account_link using gist (network inet_ops) where network is not null;

-- The names under which an account may claim a domain, the most specific first; empty where the domain identifies no
-- account. Computed by the lists of shared and public domains whose digest is `rules`.
create table web_domain (
  domain key_text primary key,
  names text[] collate "C" not null,
  rules text not null
);
create index web_domain_by_rules on web_domain (rules);
create index web_domain_by_name on web_domain using gin (names);

-- Merges -----------------------------------------------------------------------------------------

-- Two accounts that are the same company. From known_at their histories are one; before, they are two.
create table account_merge (
  account_id bigint primary key references account,
  into_account_id bigint not null references account,
  known_at instant not null,
  backfilled boolean not null,
  recorded_at instant not null default now(),
  check (account_id <> into_account_id)
);

-- The transitive closure of account_merge: A into B into C gives (A, B), (A, C) and (B, C). known_at is the latest known_at of
-- the merges and accounts on the way. A trigger keeps it.
create table merged_account (
  account_id bigint not null references account,
  survivor_id bigint not null references account,
  depth integer not null,
  known_at instant not null,
  primary key (account_id, survivor_id)
);
create index merged_account_by_survivor on merged_account (survivor_id);

-- Claims -----------------------------------------------------------------------------------------

-- The account that a value identifies in a period. A trigger derives it from account_link.
-- While two accounts claim one value, it identifies neither (account_id is null): the older claim does not win, because the
-- dates of claims are mostly unknown, and a fact on the wrong account is worse than a fact without one. What happened before
-- the second claim stays with the first account. When a claim is removed or the two accounts are merged, the value
-- identifies one account again.
create table account_claim (
  kind text not null check (kind in ('domain', 'network', 'visitor')),
  value key_text not null,
  valid_from instant not null,
  valid_until timestamptz not null,
  account_id bigint references account,
  network cidr,
  primary key (kind, value, valid_from),
  check (valid_until > valid_from)
);
create index account_claim_by_account on account_claim (account_id);
create index account_claim_by_network on account_claim using gist (network inet_ops) where network is not null;

-- The values whose facts must be matched again. A row is written with the change, and deleted when the facts are matched: a
-- process that dies in between loses no change.
create table identity_change (
  change_id bigint generated always as identity primary key,
  kind text not null check (kind in ('account', 'contact', 'email', 'domain', 'network', 'visitor')),
  value text collate "C" not null
);

create function refresh_account_claims(kinds text[], claimed text[]) returns void language sql as $$
  delete from account_claim c using unnest(kinds, claimed) k (kind, value) where c.kind = k.kind and c.value = k.value;
  with link as materialized (
    select l.kind, l.value, l.network, l.account_id, l.known_at, coalesce(l.removed_at, 'infinity') as removed_at,
      min(l.account_id) over one_value <> max(l.account_id) over one_value as is_shared
    from (select distinct kind, value from unnest(kinds, claimed) u (kind, value)) k
    join account_link l on l.kind = k.kind and l.value = k.value
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

-- Serialises writers of claims: two concurrent ones would each miss the other's claim. A dry run takes no lock.
create function lock_account_claims() returns void language plpgsql as $$
begin
  if current_setting('winrate.dry_run', true) is distinct from 'on' then
    perform pg_advisory_xact_lock(hashtext('winrate.account_claim'));
  end if;
end $$;

create function change_claims(kinds text[], claimed text[]) returns void language plpgsql as $$
begin
  perform lock_account_claims();
  perform refresh_account_claims(kinds, claimed);
  insert into identity_change (kind, value) select * from unnest(kinds, claimed);
end $$;

-- Triggers ---------------------------------------------------------------------------------------

create function note_links() returns trigger language plpgsql as $$
begin
  perform change_claims(array_agg(c.kind), array_agg(c.value)) from (select distinct kind, value::text from changed) c
  having count(*) > 0;
  return null;
end $$;
create trigger links_inserted after insert on account_link
  referencing new table as changed for each statement execute function note_links();
create trigger links_updated after update on account_link
  referencing new table as changed for each statement execute function note_links();
create trigger links_deleted after delete on account_link
  referencing old table as changed for each statement execute function note_links();

create function note_accounts() returns trigger language plpgsql as $$
begin
  insert into identity_change (kind, value) select 'account', external_id from changed;
  return null;
end $$;
create trigger accounts_inserted after insert on account
  referencing new table as changed for each statement execute function note_accounts();

create function note_contacts() returns trigger language plpgsql as $$
begin
  insert into identity_change (kind, value)
  select distinct 'contact', c.external_id::text from changed v join contact c on c.contact_id = v.contact_id
  union all
  select distinct 'email', v.email::text from changed v where v.email is not null;
  return null;
end $$;
create trigger contacts_inserted after insert on contact_version
  referencing new table as changed for each statement execute function note_contacts();
create trigger contacts_updated after update on contact_version
  referencing new table as changed for each statement execute function note_contacts();
create trigger contacts_deleted after delete on contact_version
  referencing old table as changed for each statement execute function note_contacts();

create function refresh_merged_accounts() returns void language plpgsql as $$
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
  -- A value that several accounts claimed may identify one account now.
  perform change_claims(array_agg(c.kind), array_agg(c.value)) from (
    select l.kind, l.value::text from account_link l left join merged_account m on m.account_id = l.account_id
    group by l.kind, l.value having count(m.account_id) > 0 and count(distinct l.account_id) > 1
  ) c having count(*) > 0;
end $$;

create function follow_merges() returns trigger language plpgsql as $$
begin
  perform refresh_merged_accounts();
  return null;
end $$;
create trigger merges_changed after insert or update or delete on account_merge
  for each statement execute function follow_merges();

create function note_account_dates() returns trigger language plpgsql as $$
begin
  if exists (select from changed c join account_merge m on c.account_id in (m.account_id, m.into_account_id)) then
    perform refresh_merged_accounts();
  end if;
  return null;
end $$;
create trigger accounts_updated after update on account
  referencing new table as changed for each statement execute function note_account_dates();
