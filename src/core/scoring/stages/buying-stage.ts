import { type Stage, stageAt, type StageBoundary, STAGES } from './stages.ts'
import type { LoadedModel } from '../artifact/model-artifact.ts'

/** An account leaves its stage downwards only below this share of the probability at which the stage begins. */
const KEEP_SHARE = 0.8

type Boundary = Pick<StageBoundary, 'stage' | 'from'>

/**
 * The stage of an account that was in `previous` before: up as soon as a boundary is reached, down only once the
 * probability is clearly below it, so that one that hovers around a boundary does not move every day.
 *
 * Example with a boundary at 0.10: an account that reached it stays until it falls below 0.08, and then needs 0.10 again.
 */
export function buyingStage(boundaries: readonly Boundary[], probability: number, previous: Stage | null): Stage {
  const now = stageAt(boundaries, probability)
  if (previous === null || placeOf(now) >= placeOf(previous)) return now
  // A version may lack the stage the account was in: then the highest below it that the version knows.
  const kept = boundaries.findLast(
    ({ stage, from }) => placeOf(stage) <= placeOf(previous) && probability >= KEEP_SHARE * from,
  )
  return kept && placeOf(kept.stage) > placeOf(now) ? kept.stage : now
}

/** Default boundaries in multiples of the rate at which opportunities open. */
const MULTIPLES: readonly Boundary[] = [
  { stage: 'target', from: 0 },
  { stage: 'awareness', from: 1 },
  { stage: 'consideration', from: 2 },
  { stage: 'decision', from: 4 },
  { stage: 'purchase', from: 8 },
]

/**
 * Where the stages begin for a version: as its backtest chose; else as its training did, on predictions for rows left
 * out; else by multiples of its in-market base rate.
 */
export function stageBoundaries({ policy, models, artifact }: LoadedModel): readonly Boundary[] {
  if (policy && policy.stages.length > 0) return policy.stages
  if (artifact.reference && artifact.reference.stages.length > 0) return artifact.reference.stages
  const baseRate = models.get('in_market')?.compiled.model.base_rate ?? 0
  return MULTIPLES.map(({ stage, from }) => ({ stage, from: from * baseRate }))
}

function placeOf(stage: Stage): number {
  return STAGES.indexOf(stage)
}
