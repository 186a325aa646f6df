-- Since when a fact of a merged account counts for the one that it was merged into: none of the accounts on the way may be
-- unknown still, so merged_account.known_at is the latest of theirs and of the merges'.

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
  -- A value that several claim may be one's now.
  perform change_claims(array_agg(c.kind), array_agg(c.value)) from (
    select l.kind, l.value::text from account_link l left join merged_account m on m.account_id = l.account_id
    group by l.kind, l.value having count(m.account_id) > 0 and count(distinct l.account_id) > 1
  ) c having count(*) > 0;
end $$;

create or replace function follow_merges() returns trigger language plpgsql as $$
begin
  perform refresh_merged_accounts();
  return null;
end $$;

create function note_account_dates() returns trigger language plpgsql as $$
begin
  if exists (select from changed c join account_merge m on c.account_id in (m.account_id, m.into_account_id)) then
    perform refresh_merged_accounts();
  end if;
  return null;
end $$;
create trigger accounts_updated after update on account
  referencing new table as changed for each statement execute function note_account_dates();

-- Since when a source has been telling of activities: only evidence counts. What sales did says nothing about buyers.
delete from feed_start where fact = 'activity';
insert into feed_start (fact, source, kind, occurred_at, known_at)
select 'activity', source, kind, occurred_at, known_at
from (
  select source, kind, known_at, occurred_at,
    min(occurred_at) over (partition by source, kind order by known_at rows between unbounded preceding and 1 preceding) as so_far
  from (
    select source, kind, known_at, min(occurred_at) as occurred_at
    from activity where evidence and not deleted group by source, kind, known_at
  ) earliest
) step
where so_far is null or occurred_at < so_far;
