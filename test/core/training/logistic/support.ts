import type { FeatureColumn, FeatureValue } from '../../../../src/core/features/types.ts'
import type { DesignMatrix, LogisticProblem, TrainingRow } from '../../../../src/core/training/logistic/types.ts'
import { sparseFromDense } from '../../../../src/core/training/logistic/encoder/design-matrix.ts'
import { createRandom } from '../../../../src/core/base/random.ts'
import { addDays, type IsoDate, startOfDay } from '../../../../src/core/base/time.ts'

export function problemOf(rows: readonly (readonly number[])[], won: readonly number[], weights?: readonly number[]) {
  return problemOn(sparseFromDense(rows), won, weights)
}

export function problemOn(
  matrix: DesignMatrix,
  won: readonly number[],
  weights: readonly number[] = won.map(() => 1),
): LogisticProblem {
  return { matrix, won: Uint8Array.from(won), weights: Float64Array.from(weights) }
}

export function sigmoid(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds))
}

export const numberColumn = (name: string, sign: FeatureColumn['sign'] = null): FeatureColumn => ({
  name,
  family: 'account_fit',
  kind: 'number',
  transform: 'none',
  sign,
})

export const categoryColumn = (name: string): FeatureColumn => ({
  name,
  family: 'account_fit',
  kind: 'category',
  transform: 'none',
  sign: null,
})

export const setColumn = (name: string): FeatureColumn => ({
  name,
  family: 'intent',
  kind: 'set',
  transform: 'none',
  sign: null,
})

export function rowOf(values: readonly FeatureValue[], won: boolean, day = 0, id = `account-${day}`): TrainingRow {
  const asOf = startOfDay(addDays('2023-01-01' as IsoDate, day))
  return { id, asOf, openedAt: asOf, values, won, weight: 1 }
}

export const EXAMPLE_COLUMNS: readonly FeatureColumn[] = [
  { name: 'employees', family: 'account_fit', kind: 'number', transform: 'log1p', sign: null },
  { name: 'pricing_visits', family: 'engagement', kind: 'number', transform: 'log1p', sign: 'positive' },
  { name: 'noise', family: 'engagement', kind: 'number', transform: 'none', sign: null },
  { name: 'industry', family: 'account_fit', kind: 'category', transform: 'none', sign: null },
  { name: 'topics', family: 'intent', kind: 'set', transform: 'none', sign: null },
]

/** One opportunity a day or so, from a known truth: returns the rows and their true log-odds. */
export function exampleHistory(count: number, seed: number | string): { rows: TrainingRow[]; truth: number[] } {
  const random = createRandom(seed)
  const truth: number[] = []
  const rows = Array.from({ length: count }, (_, index) => {
    const employees = random.next() < 0.1 ? null : Math.round(Math.exp(4 + 1.5 * random.normal()))
    const visits = random.poisson(0.7)
    const noise = random.normal()
    const industry = random.pick(['software', 'retail', 'banking', 'health', 'software', 'software'])
    const topics = ['crm', 'security', 'ai', 'payroll'].filter(() => random.next() < 0.3)
    const logOdds =
      -1.2 +
      0.4 * (Math.log1p(employees ?? 60) - 4) +
      0.9 * Math.log1p(visits) +
      (industry === 'software' ? 0.6 : industry === 'retail' ? -0.5 : 0) +
      (topics.includes('crm') ? 0.7 : 0)
    truth.push(logOdds)
    const won = random.next() < sigmoid(logOdds)
    const day = Math.floor((index * 900) / count)
    return rowOf([employees, visits, noise, industry, topics], won, day, `account-${index}`)
  })
  return { rows, truth }
}
