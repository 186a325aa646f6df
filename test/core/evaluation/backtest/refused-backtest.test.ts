import { describe, expect, it } from 'vitest'
import { BacktestReport } from '../../../../src/core/evaluation/report/report.ts'
import { runBacktest } from '../../../../src/core/evaluation/backtest/run-backtest.ts'
import { hashSeed } from '../../../../src/core/base/random.ts'
import { at, company, QUICK } from './support.ts'

const data = company(1)

describe('bad input is a named result', () => {
  it('too little history, with the months that are missing', () => {
    const early = data.rows.filter((row) => row.asOf < at('2022-09-01'))
    const { report: refused } = runBacktest({ ...data, rows: early, dataEnd: at('2022-09-01') }, QUICK)
    expect(refused.verdict).toBe('refused')
    const counts = { months_held: 20, months_needed: 26, months_missing: 6, folds_needed: 4 }
    expect(refused.reasons).toMatchObject([{ condition: 'history', passed: false, counts }])
    expect(BacktestReport.parse(refused)).toEqual(refused)
  })

  it('one outcome only', () => {
    const lost = company(1, () => ({ won: false }))
    expect(runBacktest(lost, QUICK).report).toMatchObject({
      verdict: 'refused',
      reasons: [{ condition: 'both_outcomes', passed: false }],
    })
  })

  it('too few won', () => {
    const rare = company(1, (row) => ({ won: row.won && hashSeed(row.key) % 10 === 0 }))
    const [reason] = runBacktest(rare, QUICK).report.reasons
    expect(reason).toMatchObject({ condition: 'enough_rows', passed: false })
    expect(reason?.sentence).toContain('are needed')
  })

  it('features that never vary', () => {
    const constant = company(1, () => ({ values: [1, 'software', 2, 3, []], honestValues: [1, 'software', 2, 3, []] }))
    expect(runBacktest(constant, QUICK).report.reasons).toMatchObject([{ condition: 'features_vary', passed: false }])
  })

  it('a feature that separates the outcomes, by name', () => {
    const leaking = company(1, (row) => {
      const values = row.values.with(1, row.won ? 'signed' : 'open')
      return { values, honestValues: values }
    })
    const { verdict, reasons } = runBacktest(leaking, QUICK).report
    expect(verdict).toBe('refused')
    expect(reasons).toMatchObject([{ condition: 'not_separated', passed: false }])
    expect(reasons[0]?.sentence).toContain('industry')
  })

  it('no rows at all', () => {
    expect(runBacktest({ ...data, rows: [] }, QUICK).report.verdict).toBe('refused')
  })

  it('a key used twice throws', () => {
    expect(() => runBacktest({ ...data, rows: [data.rows[0]!, data.rows[0]!] }, QUICK)).toThrow('a key of its own')
  })
})
