import type { BacktestData, BacktestOptions, BacktestRow } from '../../../../src/core/evaluation/backtest/types.ts'
import type { FeatureColumn } from '../../../../src/core/features/types.ts'
import { createRandom } from '../../../../src/core/base/random.ts'
import { type Instant, instantPlusDays } from '../../../../src/core/base/time.ts'

/** Few replicates and penalties. */
export const QUICK: BacktestOptions = { replicates: 200, training: { penalties: [3, 30, 300] } }

export const at = (day: string) => `${day}T00:00:00.000000Z` as Instant

/** An opportunity with a 180-day label, described on the day it opened. */
export function row(key: string, openedAt: Instant, won: boolean, more: Partial<BacktestRow> = {}): BacktestRow {
  return {
    key,
    id: `account-${key}`,
    asOf: openedAt,
    openedAt,
    maturesAt: instantPlusDays(openedAt, 180),
    values: [],
    won,
    weight: 1,
    points: null,
    mqlQualified: null,
    earlierValues: null,
    honestValues: [],
    slices: {},
    ...more,
  }
}

const COLUMNS: readonly FeatureColumn[] = [
  { name: 'employees', family: 'account_fit', kind: 'number', transform: 'none', sign: null },
  { name: 'industry', family: 'account_fit', kind: 'category', transform: 'none', sign: null },
  { name: 'contacts', family: 'contact_fit', kind: 'number', transform: 'none', sign: null },
  { name: 'visits', family: 'engagement', kind: 'number', transform: 'log1p', sign: 'positive' },
  { name: 'topics', family: 'intent', kind: 'set', transform: 'none', sign: null },
]

/** 900 opportunities over 40 months; size, industry and visits predict, the rest does not. */
export function company(seed: number, change: (row: BacktestRow) => Partial<BacktestRow> = () => ({})): BacktestData {
  const random = createRandom(`company ${seed}`)
  const rows = Array.from({ length: 900 }, (_, index): BacktestRow => {
    const openedAt = instantPlusDays(at('2021-01-01'), Math.floor(random.next() * 1217))
    const size = random.normal()
    const industry = random.pick(['software', 'retail', 'energy'])
    const visits = random.poisson(3)
    const values = [
      random.next() < 0.1 ? null : size,
      industry,
      random.integer(5),
      visits,
      random.shuffle(['a', 'b', 'c']).slice(0, random.integer(3)),
    ]
    const logOdds = -2 + 0.8 * size + (industry === 'software' ? 0.7 : 0) + 0.6 * (Math.log1p(visits) - 1)
    const own = row(`o-${index}`, openedAt, random.next() < 1 / (1 + Math.exp(-logOdds)), {
      id: `account-${random.integer(700)}`,
      values,
      honestValues: values,
      earlierValues:
        random.next() < 0.1 ? null : [values[0]!, industry, values[2]!, Math.max(0, visits - 1), values[4]!],
      points: 10 * random.integer(8),
      slices: { industry, region: random.next() < 0.02 ? 'north' : null },
    })
    return { ...own, ...change(own) }
  })
  return { model: 'win', columns: COLUMNS, rows, labelWindowDays: 180, dataEnd: at('2024-05-01'), excluded: {} }
}
