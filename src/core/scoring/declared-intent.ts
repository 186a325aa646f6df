import type { AccountSnapshot } from '../features/snapshot.ts'
import type { PublishedScore } from './published-score.ts'
import type { ScoreSpecification } from './artifact/score-specification.ts'

/** The newest of each kind that the buyer did within the days, newest first; those of one day by name. */
export function declaredIntent(
  snapshot: AccountSnapshot,
  rule: ScoreSpecification['declared_intent'] | undefined,
): PublishedScore['declared_intent'] {
  if (!rule) return []
  return rule.kinds
    .flatMap((kind) => {
      const ages = snapshot.activities.flatMap((cell) => (cell.kind === kind ? [cell.ageDays] : []))
      const newest = Math.min(...ages)
      return newest < rule.within_days ? [{ kind, days_ago: newest }] : []
    })
    .toSorted((one, other) => one.days_ago - other.days_ago || (one.kind < other.kind ? -1 : 1))
}
