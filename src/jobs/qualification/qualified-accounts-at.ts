import type { Kysely } from 'kysely'
import { isListed, type ListFilter, type ListSort } from '../../core/qualification/list-filter.ts'
import { contactDueAt, type ContactHours } from '../../core/qualification/service-level.ts'
import { fold, type MotionState } from '../../core/qualification/state.ts'
import { epochMicrosOf, type Instant } from '../../core/base/time.ts'
import { listMotionEvents } from '../../store/qualification/account-events.ts'
import type { QualifiedAccount, QualifiedPosition } from '../../store/qualification/qualified-list.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { listScoresAt } from '../../store/scoring/score-history.ts'
import { isQualifiedScore, type QualifiedScore } from '../../store/scoring/scores.ts'

export interface QualifiedAtQuery extends ListFilter {
  readonly limit: number
  readonly at: Instant
  readonly after?: QualifiedPosition | undefined
  readonly sort?: ListSort
  readonly contactHours?: ContactHours | undefined
}

/** The list as stored at an instant: the states after all events up to then, and the scores of that instant. */
export async function listQualifiedAt(
  db: Kysely<Database>,
  query: QualifiedAtQuery,
): Promise<readonly QualifiedAccount[]> {
  const { limit, at, after } = query
  const byState = Map.groupBy(await listMotionEvents(db, at), ({ accountId, motion }) => `${accountId} ${motion}`)
  const states = [...byState.values()].flatMap((events) => {
    const [first] = events
    const state = fold(events)
    return first && state ? [{ accountId: first.accountId, motion: first.motion, state }] : []
  })
  const ids = [...new Set(states.map(({ accountId }) => accountId))]
  const scores = new Map((await listScoresAt(db, ids, at)).map((found) => [found.accountId, found]))
  return states
    .flatMap(({ accountId, motion, state }): QualifiedAccount[] => {
      const found = scores.get(accountId)
      if (!found || !isQualifiedScore(found.score) || !isListed(state, found.score, motion, query, at)) return []
      const externalId = found.score.account_external_id ?? ''
      const place = placeOf(state, found.score, motion, query)
      return [
        {
          accountId,
          externalId,
          motion,
          state,
          qualifiedSince: state.enteredAt ?? state.since,
          score: found.score,
          scoredAt: found.storedAt,
          position: { run: 0, place, externalId, motion },
        },
      ]
    })
    .toSorted((one, other) => compare(one.position, other.position))
    .filter(({ position }) => !after || compare(position, after) > 0)
    .slice(0, limit)
}

function placeOf(
  { enteredAt, since }: MotionState,
  score: QualifiedScore,
  motion: string,
  { sort = 'qualified_probability', contactHours }: QualifiedAtQuery,
): number {
  const entered = enteredAt ?? since
  switch (sort) {
    case 'qualified_probability':
      return -score.qualified_probability
    case 'expected_value':
      return -(score.expected_value ?? -1)
    case 'qualified_since':
      return -epochMicrosOf(entered)
    case 'contact_due_at':
      return epochMicrosOf(contactHours ? contactDueAt(contactHours, motion, entered) : entered)
  }
}

function compare(one: QualifiedPosition, other: QualifiedPosition): number {
  return one.place - other.place || byBytes(one.externalId, other.externalId) || byBytes(one.motion, other.motion)
}

/** The order of `collate "C"`. */
function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
