-- The outcome of every opportunity is told, once: the log says which was told last (store/logged-outcomes.ts).

create index event_of_outcome on event ((payload ->> 'opportunity'), event_id)
  where type in ('opportunity.won', 'opportunity.lost', 'opportunity.known');

-- An outcome that was history when it was met, remembered so that it is never told.
alter table event add check (not in_feed or type <> 'opportunity.known');

-- So is all that has closed until now, or the first run would tell of a month at once. What closed earlier is no news anyway
-- (core/qualification/outcomes.ts).
insert into event (type, in_feed, account_id, as_of, payload)
select 'opportunity.known', false, o.account_id, now(),
  jsonb_build_object('opportunity', o.external_id, 'outcome', v.outcome)
from opportunity o
join lateral (
  select v.outcome, v.closed_at, v.deleted from opportunity_version v
  where v.opportunity_id = o.opportunity_id and v.known_at <= now()
  order by v.known_at desc limit 1
) v on not v.deleted and v.outcome <> 'open' and v.closed_at <= now() and v.closed_at > now() - interval '31 days'
where o.account_id is not null
order by o.opportunity_id;
