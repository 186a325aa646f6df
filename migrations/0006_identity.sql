-- Whose a fact is (docs/import.md, "How a fact finds its account").

-- The names under which a fact's domain may be claimed, most specific first; none where it identifies nobody. Made by
-- core/identity/domain-names.ts, by the lists that `rules` stands for.
create table web_domain (
  domain key_text primary key,
  names text[] collate "C" not null,
  rules text not null
);
create index web_domain_by_rules on web_domain (rules);

-- Merges ------------------------------------------------------------------------------------------

-- That what was kept as two accounts is one. From known_at on their histories are one; before, they stay two.
create table account_merge (
  account_id bigint primary key references account,
  into_account_id bigint not null references account,
  known_at instant not null,
  backfilled boolean not null,
  recorded_at instant not null default now(),
  check (account_id <> into_account_id)
);

-- account_merge followed to the end: A into B into C makes (A, B), (A, C) and (B, C). known_at: since when the whole way was
-- known. Kept by a trigger.
create table merged_account (
  account_id bigint not null references account,
  survivor_id bigint not null references account,
  depth integer not null,
  known_at instant not null,
  primary key (account_id, survivor_id)
);
create index merged_account_by_survivor on merged_account (survivor_id);

-- Claims ------------------------------------------------------------------------------------------

-- account_link says what each account claims; this says whom a value identifies at which time, and a trigger keeps it so.
-- Two accounts that claim one value identify nobody (account_id is null) while both do: not the older claim wins, since
-- dates of claims are mostly unknown, and a fact on the wrong account is worse than one that waits. What happened before
-- the second claim stays with the first; when a claim is removed, or the two accounts are merged, the value is one's again.
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

-- What has changed since facts were last matched by it. Written with the change itself, and removed when all facts that may
-- be concerned have been matched again: so a process that dies in between leaves nothing undone.
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

-- Two writers that knew nothing of each other would each leave out the other's claim. What a dry run writes nobody reads.
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

create function follow_merges() returns trigger language plpgsql as $$
begin
  perform lock_account_claims();
  delete from merged_account;
  insert into merged_account (account_id, survivor_id, depth, known_at)
  with recursive way as (
    select m.account_id, m.into_account_id as survivor_id, 1 as depth, m.known_at::timestamptz as known_at from account_merge m
    union all
    select w.account_id, m.into_account_id, w.depth + 1, greatest(w.known_at, m.known_at)
    from way w join account_merge m on m.account_id = w.survivor_id
  ) cycle survivor_id set is_cycle using path
  select account_id, survivor_id, depth, known_at from way where not is_cycle;
  if exists (select from merged_account where account_id = survivor_id) then
    raise exception 'accounts cannot be merged in a circle' using errcode = 'check_violation';
  end if;
  -- A value that several claim may be one's now.
  perform change_claims(array_agg(c.kind), array_agg(c.value)) from (
    select l.kind, l.value::text from account_link l left join merged_account m on m.account_id = l.account_id
    group by l.kind, l.value having count(m.account_id) > 0 and count(distinct l.account_id) > 1
  ) c having count(*) > 0;
  return null;
end $$;
create trigger merges_changed after insert or update or delete on account_merge
  for each statement execute function follow_merges();

-- What is here already ------------------------------------------------------------------------------

insert into web_domain (domain, names, rules)
select distinct domain, array[]::text[], '' from (
  select domain from activity
  union select split_part(email, '@', 2) from activity
  union select domain from intent_signal
  union select domain from business_event
) found
where domain <> '';

select refresh_account_claims(array_agg(kind), array_agg(value)) from account_link;
insert into identity_change (kind, value) select distinct kind, value from account_link;
insert into identity_change (kind, value) select 'contact', external_id from contact;
