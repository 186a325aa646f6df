import { dayNumber, dayOf, type Instant } from '../base/time.ts'
import {
  type AccountSnapshot,
  type EventCell,
  type Fact,
  feedKey,
  type IntentCell,
  type SnapshotContact,
} from './snapshot.ts'
import type { PersonFilter } from './specification.ts'

/** Which events a feature counts. */
export interface EventFilter {
  readonly of: Fact | 'opportunity'
  readonly kinds: ReadonlySet<string> | null
  readonly by: PersonFilter | null
  readonly anonymous: boolean | null
}

/** The cells that a filter selects; for opportunities, the closed ones by outcome. */
export function eventsOf(snapshot: AccountSnapshot, filter: EventFilter): readonly EventCell[] {
  const cells = cellsOf(snapshot, filter.of)
  const people = filter.by ? matchingPeople(snapshot.contacts, filter.by) : null
  return cells.filter(
    (cell) =>
      (!filter.kinds || filter.kinds.has(cell.kind)) &&
      (!people || (cell.contactKey !== null && people.has(cell.contactKey))) &&
      (filter.anonymous === null || (cell.contactKey === null) === filter.anonymous),
  )
}

function cellsOf(snapshot: AccountSnapshot, fact: EventFilter['of']): readonly EventCell[] {
  switch (fact) {
    case 'activity':
      return snapshot.activities
    case 'business_event':
      return snapshot.businessEvents
    case 'customer_event':
      return snapshot.customerEvents
    case 'opportunity':
      return snapshot.opportunities.flatMap(({ outcome, closedAgeDays }) =>
        closedAgeDays === null ? [] : [{ kind: outcome, contactKey: null, ageDays: closedAgeDays, count: 1 }],
      )
    case 'intent_signal':
      throw new TypeError('intent signals have strengths, not counts: use an intent_… measure')
  }
}

/**
 * A window is unknown, not empty, when it starts before its source's first fact and the account was known by then.
 * For an account known later, nothing can have been missed: its early window is empty.
 */
export function isWindowKnown(
  snapshot: AccountSnapshot,
  fact: Fact | 'opportunity',
  kinds: ReadonlySet<string> | null,
  windowDays: number,
  sources: ReadonlySet<string> | null = null,
): boolean {
  if (fact === 'opportunity') return true
  const first = firstFactAt(snapshot, fact, kinds, sources)
  if (first === null) return false
  const windowStart = dayNumber(dayOf(snapshot.asOf)) - (windowDays - 1)
  return windowStart >= dayNumber(dayOf(first)) || snapshot.accountKnownAt > first
}

function firstFactAt(
  snapshot: AccountSnapshot,
  fact: Fact,
  kinds: ReadonlySet<string> | null,
  sources: ReadonlySet<string> | null,
): Instant | null {
  const starts = snapshot.feedStarts[fact]
  // A lone `*` means that the account was described by hand, completely.
  if (starts.size === 1) return starts.get('*') ?? null
  const names = kinds ? [...kinds] : ['*']
  const keys = sources ? names.flatMap((kind) => [...sources].map((source) => feedKey(source, kind))) : names
  let first: Instant | null = null
  for (const key of keys) {
    const start = starts.get(key)
    if (start !== undefined && (first === null || start < first)) first = start
  }
  return first
}

export function countWithin(cells: readonly EventCell[], windowDays: number): number {
  let count = 0
  for (const cell of cells) if (cell.ageDays < windowDays) count += cell.count
  return count
}

/** Weights are whole numbers of 2^-32, so that their sum is exact in any order. */
const WEIGHT_ONE = 2 ** 32

/** The weight of each age below `windowDays`: 2^(-age / half-life), rounded to 2^-32. */
export function decayWeights(halfLifeDays: number, windowDays: number): readonly number[] {
  return Array.from({ length: windowDays }, (_, age) => Math.round(WEIGHT_ONE * 2 ** (-age / halfLifeDays)))
}

/** Sum of 2^(-age / half-life). Exact up to two million events: the integer sum stays below 2^53. */
export function decayedCount(cells: readonly EventCell[], weights: readonly number[]): number {
  let sum = 0
  for (const cell of cells) sum += cell.count * (weights[cell.ageDays] ?? 0)
  return sum / WEIGHT_ONE
}

/** Days since the newest event; where there is none in the window, the window's length. */
export function daysSinceLast(cells: readonly EventCell[], windowDays: number): number {
  let newest = windowDays
  for (const cell of cells) if (cell.ageDays < newest) newest = cell.ageDays
  return newest
}

/**
 * log of the recent daily rate over the account's own earlier one: 0 is business as usual, log 2 is twice as busy.
 * One event per baseline is added to both rates, so that a first visit is not an infinite surge.
 */
export function trend(recentSum: number, baselineSum: number, windowDays: number, baselineDays: number): number {
  const prior = 1 / baselineDays
  return Math.log((recentSum / windowDays + prior) / (baselineSum / baselineDays + prior))
}

/** Sum over ages in [from, to). */
export function countBetween(cells: readonly EventCell[], fromAge: number, toAge: number): number {
  let count = 0
  for (const cell of cells) if (cell.ageDays >= fromAge && cell.ageDays < toAge) count += cell.count
  return count
}

export function peopleWithin(cells: readonly EventCell[], windowDays: number): ReadonlySet<number> {
  const people = new Set<number>()
  for (const cell of cells) if (cell.contactKey !== null && cell.ageDays < windowDays) people.add(cell.contactKey)
  return people
}

export function matchingPeople(contacts: readonly SnapshotContact[], filter: PersonFilter): ReadonlySet<number> {
  const keys = new Set<number>()
  for (const contact of contacts) if (isPerson(contact, filter)) keys.add(contact.key)
  return keys
}

/** The share of the roles that at least one of these people holds. */
export function shareOfRoles(contacts: readonly SnapshotContact[], roles: readonly string[]): number {
  const held = new Set(contacts.map((contact) => contact.buyingRole))
  return roles.filter((role) => held.has(role)).length / roles.length
}

function isPerson(contact: SnapshotContact, filter: PersonFilter): boolean {
  return (
    isOneOf(contact.seniority, filter.seniority) &&
    isOneOf(contact.department, filter.department) &&
    isOneOf(contact.buyingRole, filter.buying_role)
  )
}

function isOneOf(value: string | null, allowed: readonly string[] | undefined): boolean {
  return !allowed || (value !== null && allowed.includes(value))
}

/** Total strength and number of signals with ages in [from, to). */
export function intentBetween(cells: readonly IntentCell[], fromAge: number, toAge: number) {
  let sumE4 = 0
  let maxE4 = 0
  let signals = 0
  for (const cell of cells) {
    if (cell.ageDays < fromAge || cell.ageDays >= toAge) continue
    sumE4 += cell.strengthE4
    maxE4 = Math.max(maxE4, cell.strengthE4)
    signals += 1
  }
  return { sum: sumE4 / 10_000, max: maxE4 / 10_000, mean: signals === 0 ? 0 : sumE4 / 10_000 / signals, signals }
}

/** Topics whose recent mean strength is at least `ratio` times the baseline mean (none in the baseline: any recent one). */
export function surgingTopics(
  cells: readonly IntentCell[],
  windowDays: number,
  baselineDays: number,
  ratio: number,
): number {
  const topics = [...new Set(cells.map((cell) => cell.topic))]
  return topics.filter((topic) => {
    const own = cells.filter((cell) => cell.topic === topic)
    const recent = intentBetween(own, 0, windowDays)
    const baseline = intentBetween(own, windowDays, windowDays + baselineDays)
    return recent.signals > 0 && recent.mean >= ratio * baseline.mean
  }).length
}
