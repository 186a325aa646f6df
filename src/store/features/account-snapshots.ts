import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Lookback } from '../../core/features/compile.ts'
import {
  type AccountSnapshot,
  type AttributeValue,
  type ContactVersion,
  type EventCell,
  type FeedStartRow,
  type FeedStarts,
  feedStartsOf,
  mergeContact,
} from '../../core/features/snapshot.ts'
import { ageInDays, type Instant } from '../../core/base/time.ts'
import { newestVersions } from './account-versions.ts'
import { knownBefore } from './known-before.ts'
import { isMergedAway, isPartOf, listMerging, mergedInto } from './merged-accounts.ts'
import type { Database } from '../database/tables/schema.ts'

/** One row wanted from the point-in-time query: the account as everybody could have known it just before `asOf`. */
export interface SnapshotRequest {
  readonly accountId: number
  readonly asOf: Instant
}

/** Pairs per statement: enough to spread its cost, few enough to stay well below the statement timeout. */
const CHUNK = 2_000
/** Made in one turn of the event loop. */
const SNAPSHOTS_A_TURN = 100

/**
 * *The* point-in-time query. Training, batch scoring, online scoring and the backtest all come through here, so that
 * there is no second implementation to drift apart. SQL picks and groups the facts that count and returns integers,
 * text and JSON; every float is made in core.
 *
 * Yields the snapshots in the order asked, some at a time, so that a large request needs no large memory; undefined
 * where the account was not known before as-of.
 */
export async function* readSnapshots(
  db: Kysely<Database>,
  requests: readonly SnapshotRequest[],
  lookback: Lookback,
): AsyncGenerator<readonly (AccountSnapshot | undefined)[]> {
  // The server works on the next chunk while the caller works on this one.
  let next = requests.length > 0 ? readChunk(db, requests.slice(0, CHUNK), lookback) : undefined
  for (let start = CHUNK; next; start += CHUNK) {
    const snapshots: readonly (AccountSnapshot | undefined)[] = await next
    next = start < requests.length ? readChunk(db, requests.slice(start, start + CHUNK), lookback) : undefined
    // A failure while the caller is busy is thrown when its turn comes, not as an unhandled rejection.
    next?.catch(() => undefined)
    yield snapshots
  }
}

/** As `readSnapshots`, all at once: for a few thousand accounts. */
export async function listSnapshots(
  db: Kysely<Database>,
  requests: readonly SnapshotRequest[],
  lookback: Lookback,
): Promise<readonly (AccountSnapshot | undefined)[]> {
  const snapshots: (AccountSnapshot | undefined)[] = []
  for await (const chunk of readSnapshots(db, requests, lookback)) snapshots.push(...chunk)
  return snapshots
}

async function readChunk(db: Kysely<Database>, requests: readonly SnapshotRequest[], lookback: Lookback) {
  const feedStarts = await feedStartsAsOf(db, [...new Set(requests.map((request) => request.asOf))])
  const merging = await listMerging(db, [...new Set(requests.map((request) => request.accountId))])
  const snapshots: (AccountSnapshot | undefined)[] = requests.map(() => undefined)
  for (const hasMerges of [false, true]) {
    const places = requests.flatMap(({ accountId }, place) => (merging.has(accountId) === hasMerges ? [place] : []))
    if (places.length === 0) continue
    const asked = places.map((place) => requests[place] as SnapshotRequest)
    const { rows } = await selectSnapshots(asked, lookback, historyOf(hasMerges)).execute(db)
    for (const [index, row] of rows.entries()) {
      if (index % SNAPSHOTS_A_TURN === SNAPSHOTS_A_TURN - 1) await nextTurn()
      const place = places[row.pair - 1]
      const asOf = asked[row.pair - 1]?.asOf
      const starts = asOf && feedStarts.get(asOf)
      if (starts && place !== undefined) snapshots[place] = toSnapshot(row, asOf, starts, lookback)
    }
  }
  return snapshots
}

type CellTuple = readonly [kind: string, contactKey: number | null, ageDays: number, count: number]
type Attributes = Readonly<Record<string, AttributeValue>>

type ContactTuple = readonly [source: string, isHere: boolean | null, backfilled: boolean, ...(string | null)[]]

interface SnapshotRow {
  readonly pair: number
  readonly external_id: string
  readonly account_known_at: Instant
  readonly versions: readonly (readonly [source: string, attributes: Attributes, backfilled: boolean])[]
  readonly contacts: readonly (readonly [key: number, externalId: string, versions: readonly ContactTuple[]])[]
  readonly activities: readonly CellTuple[]
  readonly reach: readonly CellTuple[]
  readonly latest_kinds: readonly string[]
  readonly intent_signals: readonly (readonly [string, string, number, number])[]
  readonly business_events: readonly CellTuple[]
  readonly customer_events: readonly CellTuple[]
  readonly opportunities: readonly (readonly [string, string, string | null, string | null, string, string | null])[]
}

/** Whose facts make an account's history. An account without any merge is spared the array: that saves a fifth of the time. */
interface History {
  /** Further columns of `pair`. */
  readonly columns: RawBuilder<unknown>
  /** Whether the account_id of a table of facts is the account's own, or one whose history had become part of its own. */
  readonly isOwn: (alias: string) => RawBuilder<boolean>
  readonly knownAt: RawBuilder<unknown>
  readonly isOver: RawBuilder<boolean>
}

function historyOf(hasMerges: boolean): History {
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

function selectSnapshots(requests: readonly SnapshotRequest[], lookback: Lookback, history: History) {
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

/** Whether every source that had told of the account had taken it back. Few accounts get beyond the first probe. */
function accountDeleted(history: History) {
  return sql`(
    exists (
      select from account_version d
      where ${history.isOwn('d')} and d.deleted and ${knownBefore('account_version', 'd', asOf)}
    ) and not exists (select from ${newestVersions(sql`p.account_id`, history.isOwn, asOf)} told)
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
    from ${newestVersions(sql`p.account_id`, history.isOwn, asOf)} v
  )`
}

/** Everybody whom some version puts at this account, with the newest version of each source; core settles who is here. */
function contacts(history: History) {
  return sql`(
    select coalesce(json_agg(json_build_array(c.contact_id, c.external_id, c.versions) order by c.external_id), '[]')
    from (
      select v.contact_id, contact.external_id,
        json_agg(json_build_array(v.source, ${history.isOwn('v')}, v.backfilled, v.name, v.title, v.seniority,
          v.department, v.buying_role) order by v.source) as versions
      from (
        select distinct on (w.contact_id, w.source) w.*
        from (select distinct u.contact_id from contact_version u where ${history.isOwn('u')}) of_account
        join contact_version w on w.contact_id = of_account.contact_id
        where ${knownBefore('contact_version', 'w', asOf)}
        order by w.contact_id, w.source, w.known_at desc
      ) v
      join contact on contact.contact_id = v.contact_id
      where not v.deleted
      group by v.contact_id, contact.external_id
    ) c
  )`
}

/** By kind, person and day. A person counts as one only from when they were known; until then the visit is anonymous. */
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

/** An activity may reach its account by another way, such as its domain, long before its person is known. */
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
      select distinct on (v.opportunity_id) o.external_id, v.type, v.lead_source, v.opened_at, v.deleted,
        case when v.closed_at < ${asOf} then v.outcome else 'open' end as outcome,
        case when v.closed_at < ${asOf} then v.closed_at end as closed_at
      from opportunity o
      join opportunity_version v on v.opportunity_id = o.opportunity_id
      where ${history.isOwn('o')} and ${knownBefore('opportunity_version', 'v', asOf)}
      order by v.opportunity_id, v.known_at desc
    ) v
    where not v.deleted
  )`
}

function instantText(column: string) {
  return sql`to_char(${sql.ref(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
}

/** For each as-of, since when each source had been telling of each kind, by what was known then. */
async function feedStartsAsOf(db: Kysely<Database>, asOfs: readonly Instant[]) {
  const { rows } = await sql<{ readonly as_of: Instant; readonly starts: readonly FeedStartTuple[] }>`
    select p.as_of, (
      select coalesce(json_agg(json_build_array(f.fact, f.source, f.kind, ${instantText('f.first_at')})), '[]')
      from (
        select s.fact, s.source, s.kind, min(s.occurred_at) as first_at
        from feed_start s
        where ${knownBefore('feed_start', 's', asOf)}
        group by s.fact, s.source, s.kind
      ) f
    ) as starts
    from unnest(${asOfs}::timestamptz[]) as p (as_of)`.execute(db)
  return new Map<Instant, FeedStarts>(
    rows.map((row) => [
      row.as_of,
      feedStartsOf(row.starts.map(([fact, source, kind, firstAt]) => ({ fact, source, kind, firstAt }))),
    ]),
  )
}

type FeedStartTuple = readonly [FeedStartRow['fact'], string, string, Instant]

function toSnapshot(
  row: SnapshotRow,
  asOfInstant: Instant,
  feedStarts: FeedStarts,
  lookback: Lookback,
): AccountSnapshot {
  return {
    externalId: row.external_id,
    asOf: asOfInstant,
    accountKnownAt: row.account_known_at,
    versions: row.versions.map(([source, attributes, backfilled]) => ({ source, attributes, backfilled })),
    contacts: row.contacts.flatMap(
      ([key, externalId, versions]) =>
        mergeContact(key, externalId, versions.map(toContactVersion), lookback.sourcePrecedence, lookback.titles) ?? [],
    ),
    activities: row.activities.map(toCell),
    reach: row.reach.map(toCell),
    latestKinds: row.latest_kinds,
    intentSignals: row.intent_signals.map(([provider, topic, ageDays, strengthE4]) => ({
      provider,
      topic,
      ageDays,
      strengthE4,
    })),
    businessEvents: row.business_events.map(toCell),
    customerEvents: row.customer_events.map(toCell),
    opportunities: row.opportunities.map(([externalId, outcome, type, leadSource, openedAt, closedAt]) => ({
      externalId,
      outcome: outcome as 'won' | 'lost' | 'open',
      type,
      leadSource,
      openedAt: openedAt as Instant,
      closedAt: closedAt as Instant | null,
      openedAgeDays: ageInDays(asOfInstant, openedAt as Instant),
      closedAgeDays: closedAt === null ? null : ageInDays(asOfInstant, closedAt as Instant),
    })),
    feedStarts,
  }
}

function toContactVersion(tuple: ContactTuple): ContactVersion {
  const [source, isHere, backfilled, name, title, seniority, department, buyingRole] = tuple
  return {
    source,
    isHere,
    backfilled,
    name: name ?? null,
    title: title ?? null,
    seniority: seniority ?? null,
    department: department ?? null,
    buyingRole: buyingRole ?? null,
  }
}

function toCell([kind, contactKey, ageDays, count]: CellTuple): EventCell {
  return { kind, contactKey, ageDays, count }
}
