import type { Kysely } from 'kysely'
import { fold, isOnTheList } from '../core/qualification/state.ts'
import type { Instant } from '../core/time.ts'
import { listMotionEvents } from '../store/account-events.ts'
import type { Database } from '../store/schema.ts'
import { listScoresAt } from '../store/score-history.ts'
import { isQualifiedScore, type QualifiedAccount, type QualifiedPosition } from '../store/scores.ts'

export interface QualifiedAtQuery {
  readonly minimumProbability: number
  readonly limit: number
  readonly at: Instant
  readonly after?: QualifiedPosition | undefined
}

/** The list as it was stored at an instant: the states that the events until then come to, and the scores of then. */
export async function listQualifiedAt(
  db: Kysely<Database>,
  { minimumProbability, limit, at, after }: QualifiedAtQuery,
): Promise<readonly QualifiedAccount[]> {
  const byState = Map.groupBy(await listMotionEvents(db, at), ({ accountId, motion }) => `${accountId} ${motion}`)
  const listed = [...byState.values()].flatMap((events) => {
    const [first] = events
    const state = fold(events)
    if (!first || !state || !isOnTheList(state) || state.owner !== null) return []
    if (state.pausedUntil !== null && state.pausedUntil > at) return []
    return [{ accountId: first.accountId, motion: first.motion, state }]
  })
  const ids = [...new Set(listed.map(({ accountId }) => accountId))]
  const scores = new Map((await listScoresAt(db, ids, at)).map((found) => [found.accountId, found]))
  return listed
    .flatMap(({ accountId, motion, state }): QualifiedAccount[] => {
      const found = scores.get(accountId)
      if (!found || !isQualifiedScore(found.score) || found.score.qualified_probability < minimumProbability) return []
      return [
        {
          accountId,
          externalId: found.score.account_external_id ?? '',
          motion,
          state: state.state,
          qualifiedSince: state.enteredAt ?? state.since,
          score: found.score,
          scoredAt: found.storedAt,
        },
      ]
    })
    .toSorted((one, other) => compare(positionOf(one), positionOf(other)))
    .filter((account) => !after || compare(positionOf(account), after) > 0)
    .slice(0, limit)
}

export function positionOf({ score, externalId, motion }: QualifiedAccount): QualifiedPosition {
  return { qualifiedProbability: score.qualified_probability, externalId, motion }
}

function compare(one: QualifiedPosition, other: QualifiedPosition): number {
  return (
    other.qualifiedProbability - one.qualifiedProbability ||
    byBytes(one.externalId, other.externalId) ||
    byBytes(one.motion, other.motion)
  )
}

/** As `collate "C"` orders. */
function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
