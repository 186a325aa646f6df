import { type RawBuilder, sql } from 'kysely'

/**
 * The one rule of time: a fact counts as of an instant only if it had happened *and* was known before that instant,
 * strictly, by every way that leads from it to the account. No other file compares these columns; only the time machine,
 * which checks this one, states the opposite independently (time-machine.ts).
 */
const TIMES = {
  account: ['known_at'],
  account_version: ['known_at'],
  merged_account: ['known_at'],
  contact: ['known_at'],
  contact_version: ['known_at'],
  activity: ['occurred_at', 'known_at', 'linked_at'],
  intent_signal: ['observed_at', 'known_at', 'linked_at'],
  business_event: ['occurred_at', 'known_at', 'linked_at'],
  customer_event: ['occurred_at', 'known_at', 'linked_at'],
  opportunity_version: ['opened_at', 'known_at'],
  opportunity_contact: ['known_at'],
  feed_start: ['occurred_at', 'known_at'],
} as const

export type TimedFact = keyof typeof TIMES

/** Facts whose corrections and deletions are rows of their own: until a correction was known, the previous row counts. */
const SUPERSEDED: readonly TimedFact[] = ['activity', 'intent_signal', 'business_event', 'customer_event']

/** Facts with an instant of removal: they count until then. */
const REMOVED: readonly TimedFact[] = ['opportunity_contact']

/** @param alias the name the table goes by in the statement @param asOf an SQL expression of type timestamptz */
export function knownBefore(fact: TimedFact, alias: string, asOf: RawBuilder<unknown>): RawBuilder<boolean> {
  const comparisons = TIMES[fact].map((column) => sql`${sql.ref(`${alias}.${column}`)} < ${asOf}`)
  if (REMOVED.includes(fact)) {
    const removed = sql.ref(`${alias}.removed_at`)
    return sql<boolean>`(${sql.join(comparisons, sql` and `)} and (${removed} is null or ${removed} >= ${asOf}))`
  }
  if (!SUPERSEDED.includes(fact)) return sql<boolean>`(${sql.join(comparisons, sql` and `)})`
  const superseded = sql.ref(`${alias}.superseded_at`)
  return sql<boolean>`(${sql.join(comparisons, sql` and `)} and not ${sql.ref(`${alias}.deleted`)}
    and (${superseded} is null or ${superseded} >= ${asOf}))`
}
