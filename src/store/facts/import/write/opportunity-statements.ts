import { CLOSED_BEFORE_OPENED } from '../../../../core/facts/import/values/opportunity-dates.ts'
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

function dayText(instant: string): string {
  return `to_char(${instant} at time zone 'UTC', 'YYYY-MM-DD')`
}

export function columns(alias: string): string {
  return CONTENT.map((name) => `${alias}.${name}`).join(', ')
}

export const OPPORTUNITY = `
  cross join lateral (select o.opportunity_id from opportunity o where o.external_id = s.external_id limit 1) o`

/** A deletion without a date becomes known with this import; the other columns of the row describe the past. */
export const STRIP_DELETED = `
  update staged_opportunity set account_external_id = null, attributes = '{}',
    ${Object.keys(VERSION)
      .filter((name) => name !== 'attributes' && name !== 'deleted')
      .map((name) => `${name} = null`)
      .join(', ')}
  where deleted and known_at is null`

/** Received as it happened: known from then on ($1). An outcome that lies ahead is known from its own date on. */
export const DATE_RECEIVED = 'update staged_opportunity set known_at = greatest($1, closed_at) where known_at is null'

/**
 * Two rows of one import that open one opportunity on different days are two opportunities under one id, or one of them is wrong.
 * The first of them counts, wherever the batches were cut. $1 is the import's start.
 */
export const TAKE_OPENED_TWICE = `
  with opening as (
    select s.row, s.external_id, s.opened_at, coalesce(
      (select v.opened_at from opportunity o join opportunity_version v on v.opportunity_id = o.opportunity_id
        where o.external_id = s.external_id and v.recorded_at >= $1 order by v.recorded_at, v.known_at limit 1),
      first_value(s.opened_at) over (partition by s.external_id order by s.row)) as first_opened_at
    from staged_opportunity s where s.opened_at is not null and s.known_at is null and not s.deleted
  )
  delete from staged_opportunity s using opening p
  where p.row = s.row and (p.opened_at at time zone 'UTC')::date <> (p.first_opened_at at time zone 'UTC')::date
  returning s.row, ${dayText('p.opened_at')} as value, ${dayText('p.first_opened_at')} as first`

/**
 * An outcome that waits for its date is withdrawn by a row that says otherwise before that date: it was never known. $1 is the
 * import's start.
 */
export const WITHDRAW_WAITING = `
  delete from opportunity_version v using (
    select distinct on (o.opportunity_id) s.row, o.opportunity_id, s.outcome, s.closed_at, s.deleted
    from staged_opportunity s ${OPPORTUNITY}
    where coalesce(s.known_at, $1) >= $1 and (s.outcome is not null or s.deleted)
    order by o.opportunity_id, s.row desc
  ) n
  where v.opportunity_id = n.opportunity_id and v.known_at > $1 and v.closed_at > $1 and v.recorded_at < $1
    and (n.deleted or v.closed_at is distinct from n.closed_at)
  returning n.row, case
    when n.deleted then 'deleted' when n.outcome = 'open' then 'reopened' when n.outcome <> v.outcome then 'outcome_changed'
    else 'close_moved'
  end as news`

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
  returning n.row, 'account_changed' as news`

/**
 * Rows that state known_at, and closed ones, which are known when they close: unless a newer version of an earlier import says
 * otherwise. Then the close was entered with an earlier date, nobody knew it on that day, and it is known from the import's start ($1).
 */
export const ENTER_DATED = `
  insert into opportunity_entry (${ENTRY})
  select distinct on (o.opportunity_id, k.known_at) s.row, o.opportunity_id, k.known_at, false, ${columns('s')}
  from staged_opportunity s ${OPPORTUNITY}
  left join lateral (
    select v.known_at, (${columns('v')}) is not distinct from (${columns('s')}) as same from opportunity_version v
    where v.opportunity_id = o.opportunity_id and v.known_at > s.closed_at and s.known_at is null and v.recorded_at < $1
    order by v.known_at desc limit 1
  ) newest on true
  cross join lateral (
    select case when newest.same then newest.known_at when newest.known_at is not null then greatest($1, s.closed_at)
      else coalesce(s.known_at, s.closed_at) end as known_at
  ) k
  where s.opened_at is not null and coalesce(s.known_at, s.closed_at) is not null
  order by o.opportunity_id, k.known_at, s.row desc`

/**
 * Open rows without a date: the rule of undated versions (versions.ts). Of an opportunity that was closed before this import, such
 * a row says that it is open again; of one that this import closes it is an old row, wherever in the files it stands.
 */
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
    and not exists (select from opportunity_version v
      where v.opportunity_id = o.opportunity_id and v.outcome <> 'open' and v.recorded_at >= $1)`

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
  select p.row, true as inserted, '{}'::text[] as news from written w
  join openings p on p.opportunity_id = w.opportunity_id and p.opened_at = w.known_at`

/** An outcome that was received before its date: until then the opportunity is open. $1 is the time of receipt. */
export const INSERT_RECEIVED_OPENINGS = `
  insert into opportunity_version (opportunity_id, known_at, backfilled, name, opened_at, outcome, type, lead_source)
  select o.opportunity_id, $1::timestamptz, false, s.name, s.opened_at, 'open', s.type, s.lead_source
  from staged_opportunity s ${OPPORTUNITY}
  where s.opened_at is not null and s.known_at > $1 and not s.deleted
    and not exists (select from opportunity_version v where v.opportunity_id = o.opportunity_id and v.known_at <= $1)
  order by o.opportunity_id`

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

const UTC_TEXT = `to_char(opened_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

/**
 * An entry of a partial row that closes the opportunity before the opening that we have: within a day of it, where one of the two
 * may be a day, it closes as it opens; else it is kept as opened and closed at its close, and marked. Either is known from the
 * stored opening on, which would hide it otherwise.
 */
export const SETTLE_REVERSED = `
  update opportunity_entry set
    closed_at = case when opened_at - closed_at < interval '1 day' then opened_at else closed_at end,
    opened_at = case when opened_at - closed_at < interval '1 day' then opened_at else closed_at end,
    known_at = greatest(known_at, opened_at),
    attributes = case when opened_at - closed_at < interval '1 day' then attributes
      else attributes || jsonb_build_object('${CLOSED_BEFORE_OPENED}', ${UTC_TEXT}) end
  where closed_at < opened_at
  returning row, closed_at = opened_at and attributes ? '${CLOSED_BEFORE_OPENED}' as marked`

/** An opening that follows from a closed row: what the opportunity looked like then is not known. */
export const IS_OPENING = `(b.backfilled and b.outcome = 'open' and b.amount is null and b.stage is null)`

/** What an entry \`e\` says that the version \`b\` in force before it, of an earlier import, does not. */
const SAID = `array_remove(array[
      case
        when b.outcome <> 'open' and e.outcome = 'open' then 'reopened'
        when b.outcome = 'open' and e.outcome <> 'open' then 'closed'
        when b.outcome <> e.outcome then 'outcome_changed'
        when b.closed_at <> e.closed_at then 'close_moved'
      end,
      case when e.deleted and not b.deleted then 'deleted' when b.deleted and not e.deleted then 'restored' end,
      case when (b.amount, b.currency) is distinct from (e.amount, e.currency) and not ${IS_OPENING} then 'amount_changed' end,
      case when b.stage is distinct from e.stage and not ${IS_OPENING} then 'stage_changed' end,
      case when b.attributes ->> 'owner' is distinct from e.attributes ->> 'owner' and not ${IS_OPENING} then 'owner_changed' end,
      case when (b.name, b.opened_at, b.type, b.lead_source, b.attributes - 'owner')
        is distinct from (e.name, e.opened_at, e.type, e.lead_source, e.attributes - 'owner') and not ${IS_OPENING}
        then 'other_changed' end
    ], null)`

/** $1 is the import's start. @returns for each row written, whether it is a new version, and what it says that is news */
export const WRITE_ENTRIES = `
  with told as materialized (
    select e.row, e.opportunity_id, e.known_at, e.closed_at > $1 and not e.deleted as waits,
      case when b.opportunity_id is null then '{}' else ${SAID} end as said
    from opportunity_entry e
    left join lateral (
      select v.* from opportunity_version v
      where v.opportunity_id = e.opportunity_id and v.known_at <= e.known_at and v.recorded_at < $1
      order by v.known_at desc limit 1
    ) b on true
  ), written as (
    insert into opportunity_version as t (opportunity_id, known_at, backfilled, ${CONTENT.join(', ')})
    select opportunity_id, known_at, backfilled, ${CONTENT.join(', ')} from opportunity_entry order by opportunity_id, known_at
    on conflict (opportunity_id, known_at) do update
      set backfilled = excluded.backfilled, ${CONTENT.map((name) => `${name} = excluded.${name}`).join(', ')}
    where (t.backfilled, ${columns('t')}) is distinct from (excluded.backfilled, ${columns('excluded')})
    returning t.opportunity_id, t.known_at, t.xmax = 0 as inserted
  )
  select e.row, w.inserted, case when e.waits then e.said || 'outcome_waits'::text else e.said end as news from written w
  join told e on e.opportunity_id = w.opportunity_id and e.known_at = w.known_at`

export const COUNT_UNMATCHED = `
  select count(*) as unmatched from staged_opportunity s
  where exists (select from opportunity o where o.external_id = s.external_id and o.account_id is null)`
