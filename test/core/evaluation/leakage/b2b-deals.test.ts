import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { FeatureColumn } from '../../../../src/core/features/types.ts'
import { auditLeakage } from '../../../../src/core/evaluation/leakage/audit.ts'
import { sharedFile } from '../../../support/data/shared-data.ts'
import { at } from '../../features/support.ts'

const deals = sharedFile('b2b-deals/deals.csv')

/** 448 closed deals without dates or ids: every fifth is held out. */
function readDeals() {
  const text = readFileSync(deals.path, 'utf8')
  const [names = [], ...records] = text
    .trim()
    .split('\n')
    .map((line) => line.trim().replaceAll('"', '').split(';'))
  const columns = names
    .slice(0, -1)
    .map((name): FeatureColumn => ({ name, family: 'account_fit', kind: 'category', transform: 'none', sign: null }))
  const rows = records.map((record, index) => {
    const asOf = at(index % 5 === 0 ? '2024-02-01' : '2024-01-01')
    return {
      id: `deal-${index}`,
      asOf,
      openedAt: asOf,
      won: record.at(-1) === 'Won',
      weight: 1,
      values: record.slice(0, -1),
    }
  })
  return { columns, rows, split: at('2024-02-01') }
}

describe.skipIf(!deals.isPresent)('the B2B deals', () => {
  it('hold exact copies, which a random split puts on both sides', () => {
    const found = auditLeakage(readDeals())
    expect(found.map(({ column, kind, severity }) => [column, kind, severity])).toEqual([
      ['*', 'duplicates_across_split', 'critical'],
    ])
  })

  it('have no finding without the copies', () => {
    const { rows, ...rest } = readDeals()
    const distinct = [...new Map(rows.map((row) => [JSON.stringify([row.values, row.won]), row])).values()]
    expect(distinct).toHaveLength(365)
    expect(auditLeakage({ ...rest, rows: distinct })).toEqual([])
  })
})
