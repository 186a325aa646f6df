import type { Predictions } from './thresholds.ts'

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

/** Where the stages would begin, in multiples of the base rate, were there enough accounts in each. */
const MULTIPLES: readonly number[] = [0, 1, 2, 4, 8]
const LEAST_SHARE = 0.01
const LEAST_ROWS = 20

/**
 * Cuts the in-market probability into stages whose opening rates rise strictly on rows the model had not seen.
 *
 * Boundaries begin at 1, 2, 4 and 8 times the base rate. From the top, one that leaves its stage fewer than 1 % of the
 * rows (or 20) is lowered until it has them. Stages whose rate does not exceed that of the one below are merged into it,
 * the lowest such pair first, until all rise; the merged stage keeps the lower name, so that nobody is called further on
 * than the evidence goes. A stage that found no place is absent from the result.
 */
export function chooseStages({ probabilities, won, weights }: Predictions): readonly StageBoundary[] {
  const order = Int32Array.from(probabilities.keys()).sort((a, b) => probabilities[b]! - probabilities[a]! || a - b)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const baseRate = weights.reduce((sum, weight, row) => sum + weight * won[row]!, 0) / total
  const least = Math.max(LEAST_ROWS, LEAST_SHARE * total)
  let stages: Counted[] = []
  let position = 0
  for (let index = STAGES.length - 1; index >= 0; index -= 1) {
    const counted = { stage: STAGES[index]!, from: MULTIPLES[index]! * baseRate, weight: 0, won: 0 }
    for (; position < order.length; position += 1) {
      const row = order[position]!
      const tied = position > 0 && probabilities[row] === probabilities[order[position - 1]!]
      if (probabilities[row]! < counted.from && counted.weight >= least && !tied) break
      // Lowered so that it begins at a probability that occurs: the next one down begins below it.
      counted.from = Math.min(counted.from, probabilities[row]!)
      counted.weight += weights[row]!
      counted.won += weights[row]! * won[row]!
    }
    if (index === 0) counted.from = 0
    if (counted.weight > 0) stages = [counted, ...stages]
  }
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

/** Position of the stage that an in-market probability lies in. */
export function stageAt(boundaries: readonly Pick<StageBoundary, 'stage' | 'from'>[], probability: number): Stage {
  return boundaries.findLast(({ from }) => probability >= from)?.stage ?? 'target'
}

interface Counted {
  readonly stage: Stage
  from: number
  weight: number
  won: number
}

function fallingPair(stages: readonly Counted[]): number {
  return stages.findIndex((stage, index) => {
    const above = stages[index + 1]
    return above !== undefined && above.won / above.weight <= stage.won / stage.weight
  })
}
