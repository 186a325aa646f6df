import { describe, expect, it } from 'vitest'
import { typicalValues } from '../../../../src/core/scoring/artifact/typical-values.ts'
import type { FeatureColumn, FeatureVector } from '../../../../src/core/features/types.ts'
import { fitEncoder } from '../../../../src/core/training/logistic/encoder/fit-encoder.ts'
import type { TrainingRow } from '../../../../src/core/training/logistic/types.ts'
import { at } from '../../features/support.ts'

const columns: readonly FeatureColumn[] = [
  { name: 'visits', family: 'engagement', kind: 'number', transform: 'none', sign: null },
  { name: 'industry', family: 'account_fit', kind: 'category', transform: 'none', sign: null },
  { name: 'tools', family: 'account_fit', kind: 'set', transform: 'none', sign: null },
]
const row = (id: string, won: boolean, values: FeatureVector): TrainingRow => ({
  id,
  asOf: at('2024-01-01'),
  openedAt: at('2024-01-01'),
  values,
  won,
  weight: 1,
})
const rows = [
  row('a', true, [4, 'software', ['crm', 'erp']]),
  row('b', true, [2, 'software', ['crm']]),
  row('c', true, [null, 'bank', null]),
  row('d', false, [0, 'software', ['erp']]),
  row('e', false, [0, 'bank', []]),
  row('f', false, [1, null, ['rare']]),
]
const encoder = fitEncoder(
  columns,
  rows.map(({ values }) => values),
  { minLevelCount: 2 },
)

describe('typical values', () => {
  it('are the median and the shares of those who opened or were won, beside everybody', () => {
    const [visits, industry, tools] = typicalValues({ columns, rows }, encoder)
    // Won: 4, 2 and one unknown. All known ones: 0, 0, 1, 2, 4.
    expect(visits).toEqual({
      feature: 'visits',
      positives: { known: 2 / 3, median: 2, some: 1, levels: null },
      all: { known: 5 / 6, median: 1, some: 3 / 5, levels: null },
    })
    expect(industry?.positives).toEqual({
      known: 1,
      median: null,
      some: null,
      levels: { bank: 1 / 3, software: 2 / 3 },
    })
    expect(industry?.all.levels).toEqual({ bank: 2 / 5, software: 3 / 5 })
    // "rare" stands on one row only and has no coefficient of its own.
    expect(tools?.all.levels).toEqual({ crm: 2 / 5, erp: 2 / 5 })
  })

  it('count a sampled negative for all those it stands for', () => {
    const sampling = { accounts: 60, negatives: 30, kept: 3 }
    const [visits, industry] = typicalValues({ columns, rows, sampling }, encoder)
    // 30 negatives with 0, 0 and 1 visits, two positives with 2 and 4: the middle of 32 is 0.
    expect(visits?.all.median).toBe(0)
    expect(visits?.all.some).toBeCloseTo(12 / 32, 12)
    expect(visits?.positives.median).toBe(2)
    expect(industry?.all.levels?.['software']).toBeCloseTo((2 + 10) / (3 + 20), 12)
  })

  it('do not depend on the order of the rows', () => {
    const sampling = { accounts: 60, negatives: 31, kept: 3 }
    expect(JSON.stringify(typicalValues({ columns, rows: rows.toReversed(), sampling }, encoder))).toBe(
      JSON.stringify(typicalValues({ columns, rows, sampling }, encoder)),
    )
  })

  it('state when no value was known', () => {
    const unknown = rows.map((one) => ({ ...one, values: [null, null, null] }))
    const [visits] = typicalValues({ columns, rows: unknown }, encoder)
    expect(visits?.all).toEqual({ known: 0, median: null, some: 0, levels: null })
  })
})
