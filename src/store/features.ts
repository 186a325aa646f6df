import { type Kysely, sql } from 'kysely'
import type { Lookback } from '../core/features/compile.ts'
import {
  type AccountSnapshot,
  type AttributeValue,
  type ContactVersion,
  type EventCell,
  type FeedStartRow,
  type FeedStarts,
  feedStartsOf,
  mergeContact,
} from '../core/features/snapshot.ts'
import { ageInDays, type Instant } from '../core/time.ts'
import { knownBefore } from './known-before.ts'
import type { Database } from './schema.ts'

/** One row wanted from the point-in-time query: the account as everybody could have known it just before `asOf`. */
export interface SnapshotRequest {
  readonly accountId: number
  readonly asOf: Instant
}

/** Pairs per statement: enough to spread its cost, few enough to stay well below the statement timeout. */
const CHUNK = 2_000

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
  const { rows } = await selectSnapshots(requests, lookback).execute(db)
  const snapshots: (AccountSnapshot | undefined)[] = requests.map(() => undefined)
  for (const row of rows) {
    const asOf = requests[row.pair - 1]?.asOf
    const starts = asOf && feedStarts.get(asOf)
    if (starts) snapshots[row.pair - 1] = toSnapshot(row, asOf, starts, lookback)
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

function selectSnapshots(requests: readonly SnapshotRequest[], lookback: Lookback) {
  const accountIds = requests.map((request) => request.accountId)
  const asOfs = requests.map((request) => request.asOf)
  return sql<SnapshotRow>`
    with pair as (
      select ordinality::integer as pair, account_id, as_of, (as_of at time zone 'UTC')::date as as_of_day
      from unnest(${accountIds}::bigint[], ${asOfs}::timestamptz[]) with ordinality as p (account_id, as_of, ordinality)
    )
    select
      p.pair,
      account.external_id,
      account.known_at as account_known_at,
      ${accountVersions()} as versions,
      ${contacts()} as contacts,
      ${activities(lookback.activityDays, true)} as activities,
      ${activities(lookback.activityDays, false)} as reach,
      ${lookback.latestKinds ? latestKinds(lookback.activityDays) : sql`'[]'::json`} as latest_kinds,
      ${intentSignals(lookback.intentDays)} as intent_signals,
      ${events('business_event', lookback.businessEventDays)} as business_events,
      ${events('customer_event', lookback.customerEventDays)} as customer_events,
      ${opportunities()} as opportunities
    from pair p
    join account on account.account_id = p.account_id and ${knownBefore('account', 'account', asOf)}
      and not ${accountDeleted()}
    order by p.pair`
}

/** Whether every source that had told of the account had taken it back. Few accounts get beyond the first probe. */
function accountDeleted() {
  return sql`(
    exists (
      select from account_version d
      where d.account_id = p.account_id and d.deleted and ${knownBefore('account_version', 'd', asOf)}
    ) and not exists (
      select from (
        select distinct on (v.source) v.deleted from account_version v
        where v.account_id = p.account_id and ${knownBefore('account_version', 'v', asOf)}
        order by v.source, v.known_at desc
      ) newest where not newest.deleted
    )
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

/** The newest version that each source had given. */
function accountVersions() {
  return sql`(
    select coalesce(json_agg(json_build_array(v.source, v.attributes, v.backfilled) order by v.source), '[]')
    from (
      select distinct on (v.source) v.source, v.attributes, v.backfilled, v.deleted
      from account_version v
      where v.account_id = p.account_id and ${knownBefore('account_version', 'v', asOf)}
      order by v.source, v.known_at desc
    ) v
    where not v.deleted
  )`
}

/** Everybody whom some version puts at this account, with the newest version of each source; core settles who is here. */
function contacts() {
  return sql`(
    select coalesce(json_agg(json_build_array(c.contact_id, c.external_id, c.versions) order by c.external_id), '[]')
    from (
      select v.contact_id, contact.external_id,
        json_agg(json_build_array(v.source, v.account_id = p.account_id, v.backfilled, v.name, v.title, v.seniority,
          v.department, v.buying_role) order by v.source) as versions
      from (
        select distinct on (w.contact_id, w.source) w.*
        from (select distinct u.contact_id from contact_version u where u.account_id = p.account_id) of_account
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
function activities(days: number, evidence: boolean) {
  if (days === 0) return sql`'[]'::json`
  return sql`(
    select coalesce(json_agg(json_build_array(f.kind, ${knownPerson('f.contact_id')}, f.age_days, f.count)
      order by f.age_days, f.kind, f.contact_id), '[]')
    from (
      select a.kind, a.contact_id, ${ageOf('a.occurred_at')} as age_days, count(*)::integer as count
      from activity a
      where a.account_id = p.account_id and a.evidence = ${evidence}
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
function latestKinds(days: number) {
  return sql`(
    select coalesce(json_agg(f.kind order by f.occurred_at desc, f.ordinal desc, f.source desc, f.source_id desc), '[]')
    from (
      select distinct on (a.kind) a.kind, a.occurred_at, a.ordinal, a.source, a.source_id
      from activity a
      where a.account_id = p.account_id and a.evidence
        and a.occurred_at >= ${windowStart(days)} and ${knownBefore('activity', 'a', asOf)}
      order by a.kind, a.occurred_at desc, a.ordinal desc, a.source desc, a.source_id desc
    ) f
  )`
}

function intentSignals(days: number) {
  if (days === 0) return sql`'[]'::json`
  return sql`(
    select coalesce(json_agg(json_build_array(s.provider, s.topic, ${ageOf('s.observed_at')},
      (s.strength * 10000)::integer)
      order by s.observed_at, s.provider, s.topic, s.period_start, s.period_end, s.subject), '[]')
    from intent_signal s
    where s.account_id = p.account_id
      and s.observed_at >= ${windowStart(days)} and ${knownBefore('intent_signal', 's', asOf)}
  )`
}

function events(fact: 'business_event' | 'customer_event', days: number) {
  if (days === 0) return sql`'[]'::json`
  return sql`(
    select coalesce(json_agg(json_build_array(f.kind, null, f.age_days, f.count) order by f.age_days, f.kind), '[]')
    from (
      select e.kind, ${ageOf('e.occurred_at')} as age_days, count(*)::integer as count
      from ${sql.table(fact)} e
      where e.account_id = p.account_id
        and e.occurred_at >= ${windowStart(days)} and ${knownBefore(fact, 'e', asOf)}
      group by 1, 2
    ) f
  )`
}

/** The newest version known of each; one whose close lies at or after as-of still reads as open. */
function opportunities() {
  return sql`(
    select coalesce(json_agg(json_build_array(v.external_id, v.outcome, v.type, v.lead_source,
      ${instantText('v.opened_at')}, ${instantText('v.closed_at')}) order by v.opened_at, v.external_id), '[]')
    from (
      select distinct on (v.opportunity_id) o.external_id, v.type, v.lead_source, v.opened_at, v.deleted,
        case when v.closed_at < ${asOf} then v.outcome else 'open' end as outcome,
        case when v.closed_at < ${asOf} then v.closed_at end as closed_at
      from opportunity o
      join opportunity_version v on v.opportunity_id = o.opportunity_id
      where o.account_id = p.account_id and ${knownBefore('opportunity_version', 'v', asOf)}
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
        mergeContact(key, externalId, versions.map(toContactVersion), lookback.sourcePrecedence) ?? [],
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
