import { type AccountSnapshot, type EventCell, mergeAttributes, type SnapshotContact } from '../../features/snapshot.ts'
import { type Instant, instantPlusDays } from '../../base/time.ts'
import { type Band, type EventPoints, type MqlRule, shareAtAge } from './mql-rule.ts'

export interface MqlPoints {
  readonly points: number
  /** What the points are for, largest first; they add up to `points`. */
  readonly reasons: readonly MqlReason[]
  /** The contact whose points the account has; null where none is known. */
  readonly contact: string | null
}

export interface MqlReason {
  readonly name: string
  readonly of: 'account' | 'contact'
  readonly points: number
}

/**
 * The points of an account just before the snapshot's as-of: those of the account itself plus those of its best known
 * contact (of two equally good ones the first by external id), never below 0.
 *
 * Example: an account of 300 people (12 points) knows a director (12) who saw the pricing page 10 days ago (12) and 40
 * days ago (12 x 0.4 = 4.8), and a C-level person (20) who did nothing. The best contact is the director with 28.8, so
 * the account has 40.8 points.
 */
export function mqlPoints(rule: MqlRule, snapshot: AccountSnapshot): MqlPoints {
  if (rule.needs_contact && snapshot.contacts.length === 0) return { points: 0, reasons: [], contact: null }
  const ofAccount = accountReasons(rule, snapshot)
  const byContact = Map.groupBy(snapshot.activities, (cell) => cell.contactKey)
  let best:
    | { readonly contact: SnapshotContact; readonly reasons: readonly MqlReason[]; readonly sum: number }
    | undefined
  for (const contact of snapshot.contacts.toSorted((one, other) => (one.externalId < other.externalId ? -1 : 1))) {
    const reasons = contactReasons(rule, contact, byContact.get(contact.key) ?? [])
    const sum = sumOf(reasons)
    if (!best || sum > best.sum) best = { contact, reasons, sum }
  }
  const reasons = [...ofAccount, ...(best?.reasons ?? [])].toSorted(
    (one, other) => other.points - one.points || (one.name < other.name ? -1 : 1),
  )
  return { points: Math.max(0, sumOf(reasons)), reasons, contact: best?.contact.externalId ?? null }
}

/** Where the account stands with the rule: by the date the company itself recorded if it did, else by points. */
export interface MqlStanding {
  readonly points: number
  readonly qualified: boolean
  readonly basis: 'mql_at' | 'points'
}

/**
 * @param mqlAt when the account (or any of its contacts) really became an MQL, as far as was known before as-of; an
 * empty list says that it never did, undefined that the company supplies no such dates, and then points decide
 * @param standsDays for how many days after its date a real MQL counts as one
 */
export function mqlStanding(
  rule: MqlRule,
  snapshot: AccountSnapshot,
  mqlAt?: readonly Instant[],
  standsDays = 90,
): MqlStanding {
  const { points } = mqlPoints(rule, snapshot)
  if (!mqlAt) return { points, qualified: points >= rule.threshold, basis: 'points' }
  const standsSince = instantPlusDays(snapshot.asOf, -standsDays)
  return { points, qualified: mqlAt.some((at) => at >= standsSince && at < snapshot.asOf), basis: 'mql_at' }
}

function accountReasons(rule: MqlRule, snapshot: AccountSnapshot): readonly MqlReason[] {
  const attributes = mergeAttributes(snapshot.versions, rule.source_precedence)
  const profile = rule.profile
    .filter(({ of }) => of === 'account')
    .map(({ name, field, bands }) => reason(name, 'account', bandPoints(bands, attributes[field] ?? null)))
  const events = rule.events
    .filter(({ of }) => of === 'account')
    .map((item) => reason(item.name, 'account', eventPoints(rule, item, cellsOf(snapshot, item.fact))))
  return [...profile, ...events].filter(({ points }) => points !== 0)
}

function contactReasons(rule: MqlRule, contact: SnapshotContact, cells: readonly EventCell[]): readonly MqlReason[] {
  const fields: Readonly<Record<string, string | null>> = {
    title: contact.title,
    seniority: contact.seniority,
    department: contact.department,
    buying_role: contact.buyingRole,
  }
  const profile = rule.profile
    .filter(({ of }) => of === 'contact')
    .map(({ name, field, bands }) => reason(name, 'contact', bandPoints(bands, fields[field] ?? null)))
  const events = rule.events
    .filter(({ of }) => of === 'contact')
    .map((item) => reason(item.name, 'contact', eventPoints(rule, item, cells)))
  return [...profile, ...events].filter(({ points }) => points !== 0)
}

function reason(name: string, of: MqlReason['of'], points: number): MqlReason {
  return { name, of, points }
}

function sumOf(reasons: readonly MqlReason[]): number {
  return reasons.reduce((sum, { points }) => sum + points, 0)
}

function cellsOf(snapshot: AccountSnapshot, fact: EventPoints['fact']): readonly EventCell[] {
  if (fact === 'activity') return snapshot.activities
  return fact === 'business_event' ? snapshot.businessEvents : snapshot.customerEvents
}

function eventPoints(rule: MqlRule, item: EventPoints, cells: readonly EventCell[]): number {
  const fading = item.fading ?? rule.fading
  const counting = cells.filter(({ kind, ageDays }) => item.kinds.includes(kind) && shareAtAge(fading, ageDays) > 0)
  const counted = item.once_in_days === undefined ? counting : spaced(counting, item.once_in_days)
  const points = counted.reduce((sum, cell) => sum + cell.count * item.points * shareAtAge(fading, cell.ageDays), 0)
  if (item.at_most === undefined) return points
  return Math.sign(points) * Math.min(Math.abs(points), item.at_most)
}

/** From the oldest on, those that lie at least `everyDays` after the last one that counted; once a day at most. */
function spaced(cells: readonly EventCell[], everyDays: number): readonly EventCell[] {
  const counted: EventCell[] = []
  for (const cell of cells.toSorted((one, other) => other.ageDays - one.ageDays)) {
    const last = counted.at(-1)
    if (!last || last.ageDays - cell.ageDays >= everyDays) counted.push({ ...cell, count: 1 })
  }
  return counted
}

type CriterionValue = string | number | boolean | readonly string[] | null

function bandPoints(bands: readonly Band[], value: CriterionValue): number {
  return bands.find((band) => fits(band, value))?.points ?? 0
}

function fits(band: Band, value: CriterionValue): boolean {
  const isUnknown = value === null || value === ''
  if ('unknown' in band) return isUnknown
  if (isUnknown) return false
  if ('at_least' in band) return typeof value !== 'boolean' && Number(value) >= band.at_least
  const texts = Array.isArray(value) ? value.map(String) : [String(value)]
  if ('equals' in band) return band.equals.some((wanted) => texts.includes(wanted))
  return band.contains.some((wanted) => texts.some((text) => containsWords(text, wanted)))
}

/** "VP" is in "VP of Sales" and not in "MVP Manager". */
function containsWords(text: string, wanted: string): boolean {
  return wordsOf(text).includes(wordsOf(wanted))
}

function wordsOf(text: string): string {
  return ` ${text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .join(' ')} `
}
