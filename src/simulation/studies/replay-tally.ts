import type { ReplayComparison } from './replay-study.ts'
import { NORMAL_95 } from '../../core/statistics/normal-quantiles.ts'

/** A mean over companies with its 95% interval, by Student's t. */
export interface Mean {
  readonly mean: number
  readonly low: number
  readonly high: number
}

export interface ReplayTally {
  readonly companies: number
  readonly entries: number
  /** Per 100 entries: the replay's figure, the outcome when sales worked that list, and the difference, replay less outcome. */
  readonly lists: Readonly<Record<'model' | 'rule' | 'difference', Readonly<Record<'claimed' | 'real' | 'gap', Mean>>>>
  /** Companies whose 95% interval in the replay covers the outcome. */
  readonly held: Readonly<Record<'model' | 'rule' | 'difference', number>>
  /** Of 100 entries of the model, those that sales worked in the past, and wins that work in their first month adds. */
  readonly workedInPast: Mean
  readonly addedInFirstMonth: Mean
  /** Deals won a company, under each policy. */
  readonly won: Readonly<Record<'history' | 'model' | 'rule', Mean>>
  readonly wonMoreByModel: Mean
  readonly workedMonths: Readonly<Record<'history' | 'model' | 'rule', Mean>>
}

/** @param results at least two */
export function tallyReplays(results: readonly ReplayComparison[]): ReplayTally {
  const over = (valueOf: (result: ReplayComparison) => number) => meanOf(results.map(valueOf))
  const list = (name: 'model' | 'rule' | 'difference') => {
    const claimed = (result: ReplayComparison) => 100 * (result.claimed[name].value ?? NaN)
    const real = (result: ReplayComparison) => 100 * result.real[name]
    return { claimed: over(claimed), real: over(real), gap: over((result) => claimed(result) - real(result)) }
  }
  const held = (name: 'model' | 'rule' | 'difference') =>
    results.filter(({ claimed, real }) => {
      const { low, high } = claimed[name]
      return low !== null && high !== null && low <= real[name] && real[name] <= high
    }).length
  const inWorlds = (of: 'won' | 'workedMonths') => ({
    history: over((result) => result[of].history),
    model: over((result) => result[of].model),
    rule: over((result) => result[of].rule),
  })
  return {
    companies: results.length,
    entries: results.reduce((sum, { listed }) => sum + listed, 0),
    lists: { model: list('model'), rule: list('rule'), difference: list('difference') },
    held: { model: held('model'), rule: held('rule'), difference: held('difference') },
    workedInPast: over(({ modelEntriesWorked }) => 100 * modelEntriesWorked),
    addedInFirstMonth: over(({ addedInFirstMonth }) => 100 * addedInFirstMonth),
    won: inWorlds('won'),
    wonMoreByModel: over(({ won }) => won.model - won.rule),
    workedMonths: inWorlds('workedMonths'),
  }
}

/** t at 0.975 for 1 to 10 degrees of freedom; beyond, Cornish and Fisher's expansion about the normal is within 0.001. */
const T = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228] as const

export function studentQuantile975(degrees: number): number {
  const known = T[degrees - 1]
  if (known !== undefined) return known
  const z = NORMAL_95
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3)
  return z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2) + third
}

function meanOf(values: readonly number[]): Mean {
  const count = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1)
  const reach = studentQuantile975(count - 1) * Math.sqrt(variance / count)
  return { mean, low: mean - reach, high: mean + reach }
}
