import { type RawBuilder, sql } from 'kysely'
import type { Lookback } from '../../core/features/compile.ts'
import type { Instant } from '../../core/base/time.ts'
import { instantText } from './instant-text.ts'
import { knownBefore } from './known-before.ts'
import { isMergedAway, isPartOf, mergedInto } from './merged-accounts.ts'
import { newestAccountVersions, newestVersions } from './newest-versions.ts'
import type { SnapshotRow } from './snapshot-rows.ts'

/** One row wanted from the point-in-time query: the account as it was known just before `asOf`. */
export interface SnapshotRequest {
  readonly accountId: number
  readonly asOf: Instant
}

/** The accounts whose facts form one history. An account without a merge needs no array: that saves a fifth of the time. */
interface History {
  /** Further columns of `pair`. */
  readonly columns: RawBuilder<unknown>
  /** Whether the account_id of a table of facts is the account's own, or that of an account merged into it. */
  readonly isOwn: (alias: string) => RawBuilder<boolean>
  readonly knownAt: RawBuilder<unknown>
  readonly isOver: RawBuilder<boolean>
}

export function historyOf(hasMerges: boolean): History {
  if (!hasMerges) {
    return {
      columns: sql``,
      isOwn: (alias) => sql`${sql.ref(`${alias}.account_id`)} = p.account_id`,
      knownAt: sql`account.known_at`,
      isOver: sql`false`,
    }
  }
  return {
    columns: sql`, ${mergedInto(sql`p.account_id`, asOf)} as account_ids`,
    isOwn: (alias) => isPartOf(alias, sql`p.account_ids`),
    knownAt: sql`(select min(part.known_at) from account part where part.account_id = any (p.account_ids))`,
    isOver: isMergedAway(sql`p.account_id`, asOf),
  }
}

export function selectSnapshots(requests: readonly SnapshotRequest[], lookback: Lookback, history: History) {
  const accountIds = requests.map((request) => request.accountId)
  const asOfs = requests.map((request) => request.asOf)
  return sql<SnapshotRow>`
    with pair as materialized (
      select ordinality::integer as pair, account_id, as_of, (as_of at time zone 'UTC')::date as as_of_day ${history.columns}
      from unnest(${accountIds}::bigint[], ${asOfs}::timestamptz[]) with ordinality as p (account_id, as_of, ordinality)
    )
    select
      p.pair,
      account.external_id,
      ${history.knownAt} as account_known_at,
      ${accountVersions(history)} as versions,
      ${contacts(history)} as contacts,
      ${activities(history, lookback.activityDays, true)} as activities,
      ${activities(history, lookback.activityDays, false)} as reach,
      ${lookback.latestKinds ? latestKinds(history, lookback.activityDays) : sql`'[]'::json`} as latest_kinds,
      ${intentSignals(history, lookback.intentDays)} as intent_signals,
      ${events(history, 'business_event', lookback.businessEventDays)} as business_events,
      ${events(history, 'customer_event', lookback.customerEventDays)} as customer_events,
      ${opportunities(history)} as opportunities
    from pair p
    join account on account.account_id = p.account_id and ${knownBefore('account', 'account', asOf)}
      and not ${history.isOver} and not ${accountDeleted(history)}
    order by p.pair`
}

/** Whether every source of the account had deleted it. For most accounts the first probe decides. */
function accountDeleted(history: History) {
  return sql`(
    exists (
      select from account_version d
      where ${history.isOwn('d')} and d.deleted and ${knownBefore('account_version', 'd', asOf)}
    ) and not exists (select from ${newestAccountVersions(sql`p.account_id`, history.isOwn, asOf)} told)
  )`
}

const asOf = sql`p.as_of`

/** The instant at which the oldest age of an n-day window begins: an index bound, the same for every row of a pair. */
function windowStart(days: number) {
  return sql`((p.as_of_day - ${days - 1}::integer)::timestamp at time zone 'UTC')`
}

function ageOf(column: string) {
  return sql`(p.as_of_day - (${sql.ref(column)} at time zone 'UTC')::date)`
}

function accountVersions(history: History) {
  return sql`(
    select coalesce(json_agg(json_build_array(v.source, v.attributes, v.backfilled) order by v.source), '[]')
    from ${newestAccountVersions(sql`p.account_id`, history.isOwn, asOf)} v
  )`
}

/** Every contact that had this account in any version, with the newest version of each source; core decides who belongs to it. */
function contacts(history: History) {
  const ofAccount = sql`version.contact_id in (select u.contact_id from contact_version u where ${history.isOwn('u')})`
  return sql`(
    select coalesce(json_agg(json_build_array(c.contact_id, c.external_id, c.versions) order by c.external_id), '[]')
    from (
      select v.contact_id, contact.external_id,
        json_agg(json_build_array(v.source, ${history.isOwn('v')}, v.backfilled, v.name, v.title, v.seniority,
          v.department, v.buying_role) order by v.source) as versions
      from ${newestVersions('contact_version', ofAccount, asOf)} v
      join contact on contact.contact_id = v.contact_id
      where not v.deleted
      group by v.contact_id, contact.external_id
    ) c
  )`
}

/** By kind, contact and day. Before its contact was known an activity is anonymous. */
function activities(history: History, days: number, evidence: boolean) {
  if (days === 0) return sql`'[]'::json`
  return sql`(
    select coalesce(json_agg(json_build_array(f.kind, ${knownPerson('f.contact_id')}, f.age_days, f.count)
      order by f.age_days, f.kind, f.contact_id), '[]')
    from (
      select a.kind, a.contact_id, ${ageOf('a.occurred_at')} as age_days, count(*)::integer as count
      from activity a
      where ${history.isOwn('a')} and a.evidence = ${evidence}
        and a.occurred_at >= ${windowStart(days)} and ${knownBefore('activity', 'a', asOf)}
      group by 1, 2, 3
    ) f
  )`
}

/** An activity may be linked to its account otherwise, such as by its domain, long before its contact is known. */
function knownPerson(contactId: string) {
  return sql`(
    select c.contact_id from contact c
    where c.contact_id = ${sql.ref(contactId)} and ${knownBefore('contact', 'c', asOf)}
  )`
}

/** The source's own order breaks ties within an instant. */
function latestKinds(history: History, days: number) {
  return sql`(
    select coalesce(json_agg(f.kind order by f.occurred_at desc, f.ordinal desc, f.source desc, f.source_id desc), '[]')
    from (
      select distinct on (a.kind) a.kind, a.occurred_at, a.ordinal, a.source, a.source_id
      from activity a
      where ${history.isOwn('a')} and a.evidence
        and a.occurred_at >= ${windowStart(days)} and ${knownBefore('activity', 'a', asOf)}
      order by a.kind, a.occurred_at desc, a.ordinal desc, a.source desc, a.source_id desc
    ) f
  )`
}

function intentSignals(history: History, days: number) {
  if (days === 0) return sql`'[]'::json`
  return sql`(
    select coalesce(json_agg(json_build_array(s.provider, s.topic, ${ageOf('s.observed_at')},
      (s.strength * 10000)::integer)
      order by s.observed_at, s.provider, s.topic, s.period_start, s.period_end, s.subject), '[]')
    from intent_signal s
    where ${history.isOwn('s')}
      and s.observed_at >= ${windowStart(days)} and ${knownBefore('intent_signal', 's', asOf)}
  )`
}

function events(history: History, fact: 'business_event' | 'customer_event', days: number) {
  if (days === 0) return sql`'[]'::json`
  return sql`(
    select coalesce(json_agg(json_build_array(f.kind, null, f.age_days, f.count) order by f.age_days, f.kind), '[]')
    from (
      select e.kind, ${ageOf('e.occurred_at')} as age_days, count(*)::integer as count
      from ${sql.table(fact)} e
      where ${history.isOwn('e')}
        and e.occurred_at >= ${windowStart(days)} and ${knownBefore(fact, 'e', asOf)}
      group by 1, 2
    ) f
  )`
}

/** The newest version known of each; one whose close lies at or after as-of still reads as open. */
function opportunities(history: History) {
  return sql`(
    select coalesce(json_agg(json_build_array(v.external_id, v.outcome, v.type, v.lead_source,
      ${instantText('v.opened_at')}, ${instantText('v.closed_at')}) order by v.opened_at, v.external_id), '[]')
    from (
      select o.external_id, v.type, v.lead_source, v.opened_at,
        case when v.closed_at < ${asOf} then v.outcome else 'open' end as outcome,
        case when v.closed_at < ${asOf} then v.closed_at end as closed_at
      from opportunity o
      join lateral ${newestVersions('opportunity_version', sql`version.opportunity_id = o.opportunity_id`, asOf)} v
        on not v.deleted
      where ${history.isOwn('o')}
    ) v
  )`
}
