-- A visitor id and an address are tied in periods: events that tie them again, after all that did were taken back, begin another.
alter table visitor_tie drop constraint visitor_tie_pkey;
alter table visitor_tie add primary key (visitor_id, email, known_at);
comment on table visitor_tie is
  'one row for each period from known_at until removed_at in which a live event ties the two; where both are equal, none does';

-- Ties that ended although events hold them, and those that were in force while none did.
with period as (
  select first.visitor_id, first.email, unnest(
    range_agg(tstzrange(a.known_at, a.superseded_at)) * tstzmultirange(tstzrange(first.known_at, null))) as period
  from visitor_tie first join activity a on a.visitor_id = first.visitor_id and a.email = first.email
  where not a.deleted
  group by first.visitor_id, first.email, first.known_at
), written as (
  insert into visitor_tie as t (visitor_id, email, known_at, removed_at)
  select visitor_id, email, lower(period), upper(period) from period
  on conflict (visitor_id, email, known_at) do update set removed_at = excluded.removed_at
    where t.removed_at is distinct from excluded.removed_at
  returning t.email
)
insert into identity_change (kind, value) select distinct 'email', email from written;
