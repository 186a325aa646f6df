import { type PossibleThreshold, possibleThresholds, type Predictions } from '../../statistics/possible-thresholds.ts'

export const STAGES = ['target', 'awareness', 'consideration', 'decision', 'purchase'] as const
export type Stage = (typeof STAGES)[number]

/** From which in-market probability a stage begins. */
export interface StageBoundary {
  readonly stage: Stage
  /** 0 for the lowest. */
  readonly from: number
  /** The same in multiples of the base rate: what stays comparable from model to model. */
  readonly timesBaseRate: number
  /** Share of the rows it was chosen on that lie in the stage, and of these the share that opened. */
  readonly share: number
  readonly openingRate: number
}

/**
 * How far down each stage reaches, the highest first: until it and those above it hold `gain` of all that open, but never
 * beyond `share` of the rows.
 */
const REACH: readonly { readonly stage: Stage; readonly gain: number; readonly share: number }[] = [
  { stage: 'purchase', gain: 0.25, share: 0.05 },
  // Live they are to be a fifth of the accounts at most: a cut at 18% came to 21.7% of later months, with hysteresis.
  { stage: 'decision', gain: 0.6, share: 0.15 },
  { stage: 'consideration', gain: 0.8, share: 0.45 },
  { stage: 'awareness', gain: 0.95, share: 0.75 },
]
const LEAST_SHARE = 0.01
const LEAST_ROWS = 20

/**
 * Cuts the in-market probability into stages whose opening rates rise strictly on rows the model had not seen.
 *
 * From the top, a stage reaches down as far as `REACH` says, and further where it would hold fewer than 1% of the rows
 * (or 20). Rows of one probability stay together; a stage that finds no place because of that is absent. Stages whose rate
 * exceeds that of the one below by no more than its standard error are merged into it, the lowest such pair first, until
 * all rise; the merged stage keeps the lower name, so that nobody is called further on than the evidence goes.
 *
 * Why shares and not multiples of the base rate: how far probabilities spread depends on how much there is to see. With
 * an AUC of 0.69, four times the base rate is reached by 3% of account-months, and a list cut there misses five
 * openings in six; docs/scores.md has the figures.
 */
export function chooseStages(predictions: Predictions): readonly StageBoundary[] {
  const groups = possibleThresholds(predictions)
  const { listed: total, won: totalWon } = groups.at(-1) ?? NOTHING
  const least = Math.max(LEAST_ROWS, LEAST_SHARE * total)
  const baseRate = totalWon / total
  let stages: Counted[] = []
  let above = 0
  for (const { stage, gain, share } of REACH) {
    const start = groups[above - 1] ?? NOTHING
    const end = lastOf(groups, above, (group, before) => {
      const own = group.listed - start.listed
      const isWanted = group.listed <= share * total && before.won < gain * totalWon
      return isWanted || (before.listed - start.listed < least && own <= 2 * least)
    })
    const last = groups[end]
    if (!last || last.listed - start.listed < least) continue
    stages = [{ stage, from: last.threshold, weight: last.listed - start.listed, won: last.won - start.won }, ...stages]
    above = end + 1
  }
  const start = groups[above - 1] ?? NOTHING
  if (start.listed < total)
    stages = [{ stage: 'target', from: 0, weight: total - start.listed, won: totalWon - start.won }, ...stages]
  stages = stages.length > 0 ? [{ ...stages[0]!, stage: 'target', from: 0 }, ...stages.slice(1)] : stages
  for (let pair = fallingPair(stages); pair >= 0; pair = fallingPair(stages)) {
    const [lower, upper] = [stages[pair]!, stages[pair + 1]!]
    const merged = { ...lower, weight: lower.weight + upper.weight, won: lower.won + upper.won }
    stages = [...stages.slice(0, pair), merged, ...stages.slice(pair + 2)]
  }
  return stages.map(({ stage, from, weight, won: opened }) => ({
    stage,
    from,
    timesBaseRate: from / baseRate,
    share: weight / total,
    openingRate: opened / weight,
  }))
}

const NOTHING: PossibleThreshold = { threshold: Infinity, listed: 0, won: 0 }

/** Position of the last group from `start` on until which all are taken; `start - 1` when the first is not. */
function lastOf(
  groups: readonly PossibleThreshold[],
  start: number,
  isTaken: (group: PossibleThreshold, before: PossibleThreshold) => boolean,
): number {
  let position = start
  while (position < groups.length && isTaken(groups[position]!, groups[position - 1] ?? NOTHING)) position += 1
  return position - 1
}

/** Position of the stage that an in-market probability lies in. */
export function stageAt(boundaries: readonly Pick<StageBoundary, 'stage' | 'from'>[], probability: number): Stage {
  return boundaries.findLast(({ from }) => probability >= from)?.stage ?? 'target'
}

interface Counted {
  readonly stage: Stage
  readonly from: number
  readonly weight: number
  readonly won: number
}

/** The first stage that opens more often than the one below by no more than the standard error of the difference. */
function fallingPair(stages: readonly Counted[]): number {
  return stages.findIndex((stage, index) => {
    const above = stages[index + 1]
    if (above === undefined) return false
    const together = (stage.won + above.won) / (stage.weight + above.weight)
    const error = Math.sqrt(together * (1 - together) * (1 / stage.weight + 1 / above.weight))
    return above.won / above.weight - stage.won / stage.weight <= error
  })
}
