import type { Lookback } from '../../core/features/compile.ts'
import {
  type AccountSnapshot,
  type AttributeValue,
  type ContactVersion,
  type EventCell,
  type FeedStarts,
  mergeContact,
} from '../../core/features/snapshot.ts'
import { ageInDays, type Instant } from '../../core/base/time.ts'

type CellTuple = readonly [kind: string, contactKey: number | null, ageDays: number, count: number]
type Attributes = Readonly<Record<string, AttributeValue>>

type ContactTuple = readonly [source: string, isHere: boolean | null, backfilled: boolean, ...(string | null)[]]

export interface SnapshotRow {
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

export function toSnapshot(
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
