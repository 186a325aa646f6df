import { KEY, type Staging } from './staging.ts'

const VERSION = {
  name: 'text',
  opened_at: 'timestamptz',
  closed_at: 'timestamptz',
  outcome: 'text',
  amount: 'numeric(18, 4)',
  currency: KEY,
  type: 'text',
  lead_source: 'text',
  stage: KEY,
  attributes: 'jsonb',
  deleted: 'boolean',
}

export const OPPORTUNITY_STAGING: Staging = {
  table: 'staged_opportunity',
  columns: { external_id: KEY, account_external_id: KEY, known_at: 'timestamptz', ...VERSION },
}

/** Versions about to be written, at most one per opportunity and instant. */
export const ENTRY_STAGING: Staging = {
  table: 'opportunity_entry',
  columns: { opportunity_id: 'bigint', known_at: 'timestamptz', backfilled: 'boolean', ...VERSION },
}

const CONTENT = Object.keys(VERSION)
const ENTRY = ['row', 'opportunity_id', 'known_at', 'backfilled', ...CONTENT].join(', ')

function columns(alias: string): string {
  return CONTENT.map((name) => `${alias}.${name}`).join(', ')
}

const OPPORTUNITY = `
  cross join lateral (select o.opportunity_id from opportunity o where o.external_id = s.external_id limit 1) o`

/** A deletion without a date becomes known with this import; the other columns of the row describe the past. */
export const STRIP_DELETED = `
  update staged_opportunity set account_external_id = null, attributes = '{}',
    ${Object.keys(VERSION)
      .filter((name) => name !== 'attributes' && name !== 'deleted')
      .map((name) => `${name} = null`)
      .join(', ')}
  where deleted and known_at is null`

/** Received as it happened: known from then on ($1). */
export const DATE_RECEIVED = 'update staged_opportunity set known_at = $1 where known_at is null'

/** Two rows for one instant of one opportunity: the later line wins. An open row without a date has an instant of its own. */
export const DROP_DUPLICATES = `
  delete from staged_opportunity where ctid = any (array(
    select d.ctid from (
      select ctid, row_number() over (partition by external_id, coalesce(known_at, closed_at) order by row desc) as place
      from staged_opportunity
    ) d where d.place > 1
  ))`

export const INSERT_OPPORTUNITIES = `
  insert into opportunity (external_id, account_external_id, account_id)
  select n.external_id, n.account_external_id, (select account_id from account a where a.external_id = n.account_external_id)
  from (
    select distinct on (external_id) *
    from (select *, bool_or(opened_at is not null) over (partition by external_id) as opens from staged_opportunity) s
    where opens and account_external_id is not null order by external_id, row desc
  ) n
  order by n.external_id on conflict (external_id) do nothing`

export const LOCK_OPPORTUNITIES = `
  select from opportunity where external_id = any (array(select distinct external_id from staged_opportunity))
  order by external_id for no key update`

export const TAKE_UNKNOWN = `
  delete from staged_opportunity s where not exists (select from opportunity o where o.external_id = s.external_id)
  returning row, external_id as value`

export const MOVE_ACCOUNTS = `
  update opportunity o set account_external_id = n.account_external_id,
    account_id = (select account_id from account a where a.external_id = n.account_external_id)
  from (
    select distinct on (external_id) row, external_id, account_external_id from staged_opportunity
    where account_external_id is not null order by external_id, row desc
  ) n
  where o.external_id = n.external_id and o.account_external_id <> n.account_external_id
  returning n.row`

/**
 * Rows that state known_at, and closed ones, which are known when they close: unless a newer version says otherwise. Then
 * the close was entered with an earlier date, nobody knew it on that day, and it is known from the import's start ($1).
 */
export const ENTER_DATED = `
  insert into opportunity_entry (${ENTRY})
  select distinct on (o.opportunity_id, k.known_at) s.row, o.opportunity_id, k.known_at, false, ${columns('s')}
  from staged_opportunity s ${OPPORTUNITY}
  left join lateral (
    select v.known_at, (${columns('v')}) is not distinct from (${columns('s')}) as same from opportunity_version v
    where v.opportunity_id = o.opportunity_id and v.known_at > s.closed_at and s.known_at is null
    order by v.known_at desc limit 1
  ) newest on true
  cross join lateral (
    select case when newest.same then newest.known_at when newest.known_at is not null then $1 else coalesce(s.known_at, s.closed_at) end
      as known_at
  ) k
  where s.opened_at is not null and coalesce(s.known_at, s.closed_at) is not null
  order by o.opportunity_id, k.known_at, s.row desc`

/** Open rows without a date, of opportunities that have not closed: the rule of undated versions (versions.ts). */
export const ENTER_UNDATED = `
  insert into opportunity_entry (${ENTRY})
  select s.row, o.opportunity_id, case when base.known_at is null then s.opened_at when base.ours then base.known_at else $1 end,
    base.known_at is null or base.ours, ${columns('s')}
  from staged_opportunity s ${OPPORTUNITY}
  left join lateral (
    select v.known_at, v.backfilled and v.recorded_at >= $1 as ours, (${columns('v')}) is not distinct from (${columns('s')}) as same
    from opportunity_version v where v.opportunity_id = o.opportunity_id and v.known_at < $1 order by v.known_at desc limit 1
  ) base on true
  where s.opened_at is not null and s.known_at is null and s.outcome = 'open' and base.same is not true
    and not exists (select from opportunity_version v where v.opportunity_id = o.opportunity_id and v.outcome <> 'open')`

/** What could be known when it opened; a stored version takes precedence. */
export const INSERT_OPENINGS = `
  with openings as (
    select distinct on (o.opportunity_id, s.opened_at) s.row, o.opportunity_id, s.name, s.opened_at, s.type, s.lead_source
    from staged_opportunity s ${OPPORTUNITY}
    where s.opened_at is not null and s.known_at is null and not s.deleted
      and (s.closed_at > s.opened_at or exists (
        select from opportunity_version v where v.opportunity_id = o.opportunity_id and v.outcome <> 'open'))
    order by o.opportunity_id, s.opened_at, s.row desc
  ), written as (
    insert into opportunity_version (opportunity_id, known_at, backfilled, name, opened_at, outcome, type, lead_source)
    select opportunity_id, opened_at, true, name, opened_at, 'open', type, lead_source from openings
    order by opportunity_id on conflict (opportunity_id, known_at) do nothing
    returning opportunity_id, known_at
  )
  select p.row, true as inserted from written w
  join openings p on p.opportunity_id = w.opportunity_id and p.opened_at = w.known_at`

/** The order in which rows that depend on stored versions must be written. */
export const COUNT_ROUNDS = `
  select coalesce(max(n), 0)::integer as rounds
  from (select count(*) as n from staged_opportunity where opened_at is null group by external_id) c`

/**
 * A row without opened_at changes a stored opportunity: its empty columns keep the values of the version
 * in force. $2 is the round: an opportunity's rows are written one after another, earliest first.
 */
export const ENTER_PARTIAL = `
  insert into opportunity_entry (${ENTRY})
  select s.row, o.opportunity_id, k.known_at, false, coalesce(s.name, b.name), b.opened_at,
    case when s.outcome is null then b.closed_at else s.closed_at end, coalesce(s.outcome, b.outcome),
    coalesce(s.amount, b.amount), case when s.amount is null then coalesce(b.currency, s.currency) else s.currency end,
    coalesce(s.type, b.type), coalesce(s.lead_source, b.lead_source), coalesce(s.stage, b.stage), b.attributes || s.attributes, s.deleted
  from (
    select *, row_number() over (partition by external_id order by coalesce(known_at, closed_at, $1), row) as place
    from staged_opportunity where opened_at is null
  ) s ${OPPORTUNITY}
  cross join lateral (
    select case
      when s.known_at is null and s.closed_at is not null and exists (select from opportunity_version v
        where v.opportunity_id = o.opportunity_id and v.known_at > s.closed_at) then $1
      else coalesce(s.known_at, s.closed_at, $1) end as known_at
  ) k
  cross join lateral (
    select v.* from opportunity_version v where v.opportunity_id = o.opportunity_id
    order by v.known_at <= k.known_at desc, case when v.known_at <= k.known_at then v.known_at end desc nulls last, v.known_at
    limit 1
  ) b
  where s.place = $2`

/** Deletes the entries of partial rows that equal the stored version in force. */
export const DROP_SAME = `
  delete from opportunity_entry e where exists (
    select from (
      select v.* from opportunity_version v where v.opportunity_id = e.opportunity_id and v.known_at <= e.known_at
      order by v.known_at desc limit 1
    ) b where (${columns('b')}) is not distinct from (${columns('e')}))`

/** A repeated row creates no new version. $1 is the time of receipt: a stated date is kept. */
export const DROP_TOLD_AGAIN = `${DROP_SAME} and e.known_at = $1`

export const TAKE_REVERSED = `
  delete from opportunity_entry where closed_at < opened_at
  returning row, to_char(closed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as value`

export const WRITE_ENTRIES = `
  with written as (
    insert into opportunity_version as t (opportunity_id, known_at, backfilled, ${CONTENT.join(', ')})
    select opportunity_id, known_at, backfilled, ${CONTENT.join(', ')} from opportunity_entry order by opportunity_id, known_at
    on conflict (opportunity_id, known_at) do update
      set backfilled = excluded.backfilled, ${CONTENT.map((name) => `${name} = excluded.${name}`).join(', ')}
    where (t.backfilled, ${columns('t')}) is distinct from (excluded.backfilled, ${columns('excluded')})
    returning t.opportunity_id, t.known_at, t.xmax = 0 as inserted
  )
  select e.row, w.inserted from written w
  join opportunity_entry e on e.opportunity_id = w.opportunity_id and e.known_at = w.known_at`

export const COUNT_UNMATCHED = `
  select count(*) as unmatched from staged_opportunity s
  where exists (select from opportunity o where o.external_id = s.external_id and o.account_id is null)`
