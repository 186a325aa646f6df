import type { Instant } from '../base/time.ts'
import type { Candidate } from './decide.ts'
import type { NewEvent } from './event-types.ts'
import { assign, type Holdout } from './holdout.ts'

/**
 * The candidates of one motion that enter: the best first, ties by account id, up to the capacity; around the last of them a
 * random share is assigned to the control group.
 *
 * Example: room for 10, candidates with 0.30, 0.29 ... The tenth has 0.21; with a band of 0.5 those between 0.105 and 0.315 are
 * assigned at random when they would enter. One of the ten falls into the control group, so the eleventh is listed too.
 *
 * An assignment depends only on seed, account and month, and whether it is made only on the assignments of others: listed and
 * control group differ by chance alone.
 * @param room the number of accounts that may still enter this month; null: no limit
 */
export function admit(
  candidates: readonly Candidate[],
  room: number | null,
  holdout: Holdout,
  asOf: Instant,
): readonly NewEvent[] {
  const ordered = candidates.toSorted(
    (one, other) => other.probability - one.probability || one.accountId - other.accountId,
  )
  const line = lineOf(ordered, room)
  const [from, to] = [line * (1 - holdout.band), line * (1 + holdout.band)]
  const events: NewEvent[] = []
  let left = room ?? Infinity
  for (const candidate of ordered) {
    if (left <= 0) break
    const inBand = candidate.probability >= from && candidate.probability <= to
    if (holdout.share > 0 && inBand && candidate.group === null) {
      const drawn = assign(holdout, candidate.accountId, asOf)
      events.push(assignmentEvent(candidate, drawn, holdout, line))
      if (drawn.group === 'control') continue
    }
    events.push(candidate.entry)
    left -= 1
  }
  return events
}

/** The probability of the last account that would enter without a holdout; the threshold if there is room for all. */
function lineOf(ordered: readonly Candidate[], room: number | null): number {
  const last = room === null ? undefined : ordered[Math.max(0, room - 1)]
  return last && ordered.length > (room ?? Infinity) ? last.probability : (ordered[0]?.rules.enter ?? 0)
}

function assignmentEvent(
  { entry }: Candidate,
  { group, month, until }: ReturnType<typeof assign>,
  holdout: Holdout,
  line: number,
): NewEvent {
  const { reason: _, ...payload } = entry.payload
  return {
    ...entry,
    type: 'holdout.assigned',
    payload: { ...payload, group, month, until, share: holdout.share, seed: holdout.seed, line },
    inFeed: false,
  }
}
