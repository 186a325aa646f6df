import { epochMsOf, type Instant } from '../../../base/time.ts'
import { type Problem, problem } from '../problems.ts'
import type { DaySpan } from './day-span.ts'

export interface StatedDates {
  readonly opened: DaySpan | null
  readonly closed: DaySpan | null
  readonly knownAt: Instant | null
}

/** A type, as rows of text are. */
export type OpportunityDates = {
  readonly opened_at: Instant | null
  readonly closed_at: Instant | null
  readonly known_at: Instant | null
}

export type DatesResult =
  /** `mark`: the dates contradict each other, and are kept all the same. */
  { readonly dates: OpportunityDates; readonly mark?: Problem } | { readonly problem: Problem }

/** The attribute of an opportunity whose dates contradict each other: the opening that was stated. */
export const CLOSED_BEFORE_OPENED = 'closed_before_opened'

const DAY_MS = 86_400_000

/**
 * What is stored of the dates of an opportunity. A day says nothing of the time in it, so that days are compared with days, in
 * the zone in which they were written:
 * - known on the day of its close, or less than a day before the time, it is known at the later of both;
 * - known before that day, it was closed early: the day was a plan, and it closed when it was known. A time is no plan: the
 *   row is refused, since a model trained as of an earlier day would learn an outcome before it was decided;
 * - opened on the day of its close, it closed at the later of both;
 * - closed before it opened, it is kept as opened and closed at its close, and marked.
 */
export function opportunityDates({ opened, closed, knownAt }: StatedDates): DatesResult {
  const openedAt = opened?.at ?? null
  if (!closed) return { dates: { opened_at: openedAt, closed_at: null, known_at: knownAt } }
  if (opened && isReversed(opened, closed)) {
    const dates = { opened_at: closed.at, closed_at: closed.at, known_at: laterOf(knownAt, closed.at) }
    const message = `lies after closed_at ${closed.at}: kept as opened and closed then, and no example in training`
    return { dates, mark: problem(CLOSED_BEFORE_OPENED, 'opened_at', opened.at, message) }
  }
  const closedAt = opened?.isDay && !closed.isDay ? closed.at : (laterOf(openedAt, closed.at) ?? closed.at)
  const opening = opened && opened.at > closedAt ? closedAt : openedAt
  const dates = { opened_at: opening, closed_at: closedAt, known_at: knownAt }
  if (knownAt === null || knownAt >= closedAt) return { dates }
  const isSameDay =
    knownAt >= closed.start || epochMsOf(closed.start) - epochMsOf(knownAt) < (closed.isDay ? 0 : DAY_MS)
  if (isSameDay) return { dates: { ...dates, known_at: closedAt } }
  if (closed.isDay && opening !== null && knownAt > opening) return { dates: { ...dates, closed_at: knownAt } }
  return { problem: problem('known_before_close', 'known_at', knownAt, `must not lie before closed_at ${closedAt}`) }
}

/** Not on one day, and the close first. */
function isReversed(opened: DaySpan, closed: DaySpan): boolean {
  return closed.isDay ? opened.start >= closed.end : closed.at < opened.start
}

function laterOf(one: Instant | null, other: Instant): Instant | null {
  return one === null ? null : one > other ? one : other
}
