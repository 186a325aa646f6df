import type { Instant } from '../base/time.ts'
import type { Candidate } from './decide.ts'
import type { NewEvent } from './event-types.ts'
import { assign, type Holdout } from './holdout.ts'

/**
 * Who of the candidates of one motion enters: the best first, ties by account id, as many as there is room for; around the
 * last of them, chance leaves a share out.
 *
 * Example: room for 10, candidates with 0.30, 0.29 ... The tenth has 0.21; with a band of 0.5 the holdout is held for those
 * between 0.105 and 0.315 whose turn it is. One of the ten is left out, so the eleventh is listed too.
 *
 * A draw depends on nothing but seed, account and month, and an account's turn on others' draws only: so those listed and
 * those inControlGroup are alike but for chance.
 * @param room how many may still enter this month; null: all
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

/** The probability of the last who would enter if nobody were left out: that of the threshold when there is room for all. */
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
