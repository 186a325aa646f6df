import { beforeAll, describe, expect, it } from 'vitest'
import type { FeatureColumn, FeatureValue } from '../../../../src/core/features/types.ts'
import { auditLeakage, type LeakageInput } from '../../../../src/core/evaluation/leakage/audit.ts'
import type { FieldHistory } from '../../../../src/core/evaluation/leakage/close.ts'
import { LeakageFinding } from '../../../../src/core/evaluation/leakage/finding.ts'
import type { TrainingRow } from '../../../../src/core/training/logistic/types.ts'
import { createRandom } from '../../../../src/core/base/random.ts'
import type { IsoDate } from '../../../../src/core/base/time.ts'
import { simulatedRows } from '../../../support/simulated-rows.ts'

const world = { end: '2025-11-01' as IsoDate, months: 24, openingShift: 1.2 }
const column = (name: string, kind: FeatureColumn['kind'] = 'number'): FeatureColumn => ({
  name,
  family: 'account_fit',
  kind,
  transform: 'none',
  sign: null,
})

const honestField: FieldHistory = {
  field: 'segment',
  columns: ['segment'],
  changedWhenWon: { count: 1, of: 60 },
  changedWhenLost: { count: 2, of: 120 },
  changedOtherwise: { count: 3, of: 180 },
  filledClosed: { count: 160, of: 170 },
  filledOthers: { count: 310, of: 330 },
  backfilled: 0.15,
}

let clean: LeakageInput
beforeAll(() => {
  clean = { ...simulatedRows({ ...world, accounts: 700, seed: 101 }).win, fields: [honestField] }
})

/** The company with one more column, made of each row, its label and the facts around it. */
function withColumn(
  added: FeatureColumn,
  valueOf: (row: TrainingRow, around: { before: number; after: number }) => FeatureValue,
): LeakageInput {
  const rows = clean.rows.map((row, at) => ({
    ...row,
    values: [...row.values, valueOf(row, clean.around?.[at] ?? { before: 0, after: 0 })],
  }))
  return { ...clean, columns: [...clean.columns, added], rows }
}

const namesOf = (input: LeakageInput) => auditLeakage(input).map(({ column: name, kind }) => `${name}: ${kind}`)

describe('the leakage audit finds by name', () => {
  const random = createRandom('plants')

  it('nothing in the unchanged company', () => {
    expect(clean.rows.filter((row) => row.won).length).toBeGreaterThan(40)
    expect(auditLeakage(clean)).toEqual([])
  })

  it('1. a column written at close', () => {
    // A close reason: right nine times in ten.
    const reason = column('close_reason', 'category')
    const planted = withColumn(reason, (row) => (random.next() < 0.1 !== row.won ? 'signed' : 'no_budget'))
    const [finding] = auditLeakage(planted)
    expect(finding).toMatchObject({ column: 'close_reason', kind: 'separates_outcome' })
    expect(finding?.evidence).toMatch(/^close_reason alone separates won from lost with an AUC of 0\.\d\d/)
    expect(finding?.remedy).toContain('"exclude"')
    expect(LeakageFinding.parse(finding)).toEqual(finding)
  })

  it('2. a column that is filled only for won deals', () => {
    const planted = withColumn(column('legal_name', 'category'), (row) =>
      random.next() < (row.won ? 0.9 : 0.3) ? `name ${random.integer(1000)}` : null,
    )
    expect(namesOf(planted)).toEqual(['legal_name: missingness_separates'])
  })

  it('3. a count of all events, later ones included', () => {
    const planted = withColumn(column('all_events'), (_, { before, after }) => before + after)
    expect(namesOf(planted)).toEqual(['all_events: counts_later_facts'])
  })

  it('4. a number that follows what comes after as-of', () => {
    // An engagement level as of today: mostly what came after, with noise of its own.
    const planted = withColumn(
      column('engagement_level'),
      (_, { before, after }) => Math.log1p(after) + 0.1 * Math.log1p(before) + 0.3 * random.normal(),
    )
    expect(namesOf(planted)).toEqual(['engagement_level: correlates_with_future'])
  })

  it('5. a value that changes at close, worse when its history has no dates', () => {
    const changed = { ...honestField, changedWhenWon: { count: 45, of: 60 } }
    const found = (field: FieldHistory) => auditLeakage({ ...clean, fields: [field] })
    expect(found(changed)).toMatchObject([{ column: 'segment', kind: 'changed_at_close', severity: 'critical' }])
    expect(found({ ...changed, backfilled: 0 })).toMatchObject([{ severity: 'warning' }])
    expect(found({ ...honestField, changedWhenLost: { count: 60, of: 120 } })).toHaveLength(1)
  })

  it('6. an attribute filled only on closed records', () => {
    const filled = { ...honestField, filledOthers: { count: 3, of: 330 } }
    expect(auditLeakage({ ...clean, fields: [filled] })).toMatchObject([
      { column: 'segment', kind: 'filled_only_when_closed', severity: 'critical' },
    ])
  })

  it('7. a number that is rounder when lost', () => {
    // An estimate in thousands that the contract replaces with its own figure.
    const planted = withColumn(column('amount'), (row) => {
      const amount = 10_000 + random.integer(80_000)
      return row.won ? amount : Math.round(amount / 1000) * 1000
    })
    expect(namesOf(planted)).toEqual(['amount: rounder_when_lost'])
  })

  it('8. accounts that stand on both sides of the split under two ids', () => {
    const byTime = clean.rows.map((row, at) => ({ row, around: clean.around?.[at] ?? { before: 0, after: 0 } }))
    const oldest = byTime.toSorted((one, other) => (one.row.asOf < other.row.asOf ? -1 : 1)).slice(0, 12)
    const newest = byTime
      .map(({ row }) => row.asOf)
      .toSorted()
      .at(-1)
    const copies = oldest.map((each) => ({
      ...each,
      row: { ...each.row, id: `${each.row.id}-2`, asOf: newest ?? each.row.asOf },
    }))
    const all = [...byTime, ...copies]
    const [finding, ...others] = auditLeakage({
      ...clean,
      rows: all.map(({ row }) => row),
      around: all.map(({ around }) => around),
    })
    expect(finding).toMatchObject({ column: '*', kind: 'duplicates_across_split', figures: { copies: 12 } })
    expect(others).toEqual([])
  })
})

describe('the leakage audit', () => {
  it('raises at most one false alarm in twenty clean companies', () => {
    const alarms = Array.from({ length: 20 }, (_, seed) => {
      const { win, inMarket } = simulatedRows({ ...world, accounts: 150, seed: seed + 1 })
      // Every fourth account-month is enough here, and takes a quarter of the time.
      const kept = inMarket.rows.flatMap((_row, at) => (at % 4 === 0 ? [at] : []))
      const thinned = {
        columns: inMarket.columns,
        rows: kept.map((at) => inMarket.rows[at] as TrainingRow),
        around: kept.map((at) => inMarket.around[at] ?? { before: 0, after: 0 }),
      }
      return [...auditLeakage(win), ...auditLeakage(thinned)]
    })
    expect(alarms.filter((found) => found.length > 0).length).toBeLessThanOrEqual(1)
  })
})
