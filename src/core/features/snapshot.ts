import { completedPerson } from '../facts/titles/complete-person.ts'
import type { TitleSpecification } from '../facts/titles/title-specification.ts'
import { BEGINNING, type Instant } from '../base/time.ts'

/**
 * All that was known of one account just before `asOf`, as the point-in-time query returns it: integers, text and JSON.
 * Every feature is a pure function of this; so is every sentence about the account on a page.
 */
export interface AccountSnapshot {
  readonly externalId: string
  readonly asOf: Instant
  readonly accountKnownAt: Instant
  /** The newest version of each source, in source order. */
  readonly versions: readonly AttributeVersion[]
  readonly contacts: readonly SnapshotContact[]
  /** Set when an account described by hand has no list of people: then its contacts are unknown. */
  readonly contactsUnknown?: true
  /** What the buyer did, by day. */
  readonly activities: readonly EventCell[]
  /** What sales and systems did: shown, never scored. */
  readonly reach: readonly EventCell[]
  /** The kinds of buyer activity by their newest occurrence, newest first. */
  readonly latestKinds: readonly string[]
  readonly intentSignals: readonly IntentCell[]
  readonly businessEvents: readonly EventCell[]
  readonly customerEvents: readonly EventCell[]
  readonly opportunities: readonly SnapshotOpportunity[]
  readonly feedStarts: FeedStarts
}

export type AttributeValue = string | number | boolean | readonly string[] | null

export interface AttributeVersion {
  readonly source: string
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly backfilled: boolean
}

export interface SnapshotContact {
  /** Joins cells to people within this snapshot; means nothing outside it. */
  readonly key: number
  readonly externalId: string
  readonly name: string | null
  readonly title: string | null
  readonly seniority: string | null
  readonly department: string | null
  readonly buyingRole: string | null
  /** Set when the date since which the person works here is unknown: the contact then counts for all of the past. */
  readonly backfilled?: true
}

/** `count` events of one kind on one day. `contactKey` is null for anonymous events and for facts without people. */
export interface EventCell {
  readonly kind: string
  readonly contactKey: number | null
  /** UTC day of as-of minus UTC day of the events. */
  readonly ageDays: number
  readonly count: number
}

export interface IntentCell {
  readonly provider: string
  readonly topic: string
  readonly ageDays: number
  /** Ten-thousandths of a strength point, so that sums are exact. */
  readonly strengthE4: number
}

export interface SnapshotOpportunity {
  readonly externalId: string
  readonly outcome: 'won' | 'lost' | 'open'
  readonly type: string | null
  readonly leadSource: string | null
  readonly openedAt: Instant
  readonly closedAt: Instant | null
  readonly openedAgeDays: number
  readonly closedAgeDays: number | null
}

export type Fact = 'activity' | 'intent_signal' | 'business_event' | 'customer_event'

/**
 * For each kind of fact, the instant since which its sources have delivered facts; `*` stands for every kind. The start of a
 * single source is under `feedKey(source, kind)`.
 */
export type FeedStarts = Readonly<Record<Fact, ReadonlyMap<string, Instant>>>

export interface FeedStartRow {
  readonly fact: Fact
  readonly source: string
  readonly kind: string
  readonly firstAt: Instant
}

/** No name that an import accepts contains a line break. */
export function feedKey(source: string, kind: string): string {
  return `${source}\n${kind}`
}

/**
 * A source begins with its first fact of any kind; a kind begins with the earliest of the sources that feed it.
 * Example: a website's first visit is in January, its first form in May. The number of forms is known to be 0 from January on.
 */
export function feedStartsOf(rows: readonly FeedStartRow[]): FeedStarts {
  const starts = {
    activity: new Map<string, Instant>(),
    intent_signal: new Map<string, Instant>(),
    business_event: new Map<string, Instant>(),
    customer_event: new Map<string, Instant>(),
  }
  const bySource = new Map<string, Instant>()
  for (const row of rows) keepEarliest(bySource, `${row.fact} ${row.source}`, row.firstAt)
  for (const row of rows) {
    const sourceStart = bySource.get(`${row.fact} ${row.source}`) ?? row.firstAt
    keepEarliest(starts[row.fact], row.kind, sourceStart)
    keepEarliest(starts[row.fact], '*', sourceStart)
    keepEarliest(starts[row.fact], feedKey(row.source, row.kind), sourceStart)
    keepEarliest(starts[row.fact], feedKey(row.source, '*'), sourceStart)
  }
  return starts
}

/** The account without backfilled facts, which an import had no date for and which count for all of the past. */
export function withoutBackfilled(snapshot: AccountSnapshot): AccountSnapshot {
  const isDated = ({ backfilled }: { readonly backfilled?: boolean }) => !backfilled
  const contacts = snapshot.contacts.filter(isDated)
  const dated = new Set(contacts.map((contact) => contact.key))
  // The activities of an undated person stay: they have dates, only their person has none.
  const unnamed = (cell: EventCell) =>
    cell.contactKey === null || dated.has(cell.contactKey) ? cell : { ...cell, contactKey: null }
  return {
    ...snapshot,
    versions: snapshot.versions.filter(isDated),
    contacts,
    activities: snapshot.activities.map(unnamed),
  }
}

/** For an account described by hand: given lists are complete, missing ones are unknown. */
export function feedStartsGiven(given: Readonly<Record<Fact, boolean>>): FeedStarts {
  const since = (isGiven: boolean) => new Map<string, Instant>(isGiven ? [['*', BEGINNING]] : [])
  return {
    activity: since(given.activity),
    intent_signal: since(given.intent_signal),
    business_event: since(given.business_event),
    customer_event: since(given.customer_event),
  }
}

/** One record per account: where two sources disagree, the first in `precedence` wins. */
export function mergeAttributes(
  versions: readonly AttributeVersion[],
  precedence: readonly string[],
): Readonly<Record<string, AttributeValue>> {
  if (versions.length === 1) return versions[0]?.attributes ?? {}
  const merged: Record<string, AttributeValue> = {}
  for (const version of strongestFirst(versions, precedence).toReversed()) {
    for (const [name, value] of Object.entries(version.attributes)) if (value !== null) merged[name] = value
  }
  return merged
}

/** The version of a person by one source; `isHere` is null when the source has no employer for them. */
export interface ContactVersion extends Omit<SnapshotContact, 'key' | 'externalId' | 'backfilled'> {
  readonly source: string
  readonly backfilled: boolean
  readonly isHere: boolean | null
}

/**
 * The person merged from all sources, field by field, with missing fields filled in from the title; undefined when they work
 * elsewhere.
 */
export function mergeContact(
  key: number,
  externalId: string,
  versions: readonly ContactVersion[],
  precedence: readonly string[],
  titles?: TitleSpecification,
): SnapshotContact | undefined {
  const ranked = strongestFirst(versions, precedence)
  const first = <Field extends keyof ContactVersion>(field: Field) =>
    ranked.find((version) => version[field] !== null)?.[field] ?? null
  const placing = ranked.find((version) => version.isHere !== null)
  if (!placing?.isHere) return undefined
  const person = {
    title: first('title'),
    seniority: first('seniority'),
    department: first('department'),
    buyingRole: first('buyingRole'),
  }
  return {
    key,
    externalId,
    name: first('name'),
    ...(titles ? completedPerson(person, titles) : person),
    ...(placing.backfilled ? { backfilled: true as const } : {}),
  }
}

/** The sources named in `precedence` come in that order, the others after them in text order. */
function strongestFirst<Version extends { readonly source: string }>(
  versions: readonly Version[],
  precedence: readonly string[],
): readonly Version[] {
  const rank = (source: string) => {
    const place = precedence.indexOf(source)
    return place < 0 ? precedence.length : place
  }
  return versions.toSorted(
    (one, other) => rank(one.source) - rank(other.source) || (one.source < other.source ? -1 : 1),
  )
}

function keepEarliest(starts: Map<string, Instant>, key: string, instant: Instant): void {
  const known = starts.get(key)
  if (known === undefined || instant < known) starts.set(key, instant)
}
