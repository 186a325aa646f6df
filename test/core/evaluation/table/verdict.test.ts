import { describe, expect, it } from 'vitest'
import { leaksOf } from '../../../../src/core/evaluation/table/page/leaks.ts'
import { pageOf } from '../../../../src/core/evaluation/table/page/page.ts'
import { verdictOf } from '../../../../src/core/evaluation/table/page/verdict.ts'
import type { TableFigures } from '../../../../src/core/evaluation/table/figures.ts'
import { tableOf } from '../../../../src/core/evaluation/table/columns/table.ts'
import { tryTable } from '../../../../src/core/evaluation/table/try-table.ts'
import { madeDeals } from './made-tables.ts'

function triedOf(dated: boolean) {
  const { header, rows } = madeDeals({ seed: 1, dated })
  const cells = rows.map((row) => header.map((name) => row[name] ?? ''))
  const answer = tryTable(tableOf(header, cells).table, { seed: 1, onProgress: () => undefined })
  if (answer.kind !== 'tried') throw new Error(answer.kind)
  return answer
}

const tried = triedOf(false)
const between = (low: number, high: number) => ({ value: (low + high) / 2, low, high })
const GOOD: TableFigures = {
  ...tried.figures,
  auc: between(0.7, 0.86),
  logLossDifference: between(-0.2, -0.1),
  observedExpected: between(0.9, 1.1),
  points: null,
}
const points = (low: number, high: number) => ({ auc: between(0.6, 0.7), difference: between(low, high), rows: 400 })

describe('the sentence on top', () => {
  it.each<[string, Partial<TableFigures>, string]>([
    [
      'a good table',
      {},
      'Worth it: of two deals, one won and one lost, the model puts the won one first in 78 of 100 cases (95% interval 70 to 86), where a coin does in 50',
    ],
    [
      'better than the points',
      { points: points(0.05, 0.2) },
      'Worth it: .*, where a coin does in 50; your own points do in 65; ',
    ],
    [
      'as good as the points',
      { points: points(-0.05, 0.2) },
      'your own points do in 65, a difference that chance explains too',
    ],
    [
      'more won than predicted',
      { observedExpected: between(1.1, 1.3) },
      'Worth it: .*; the order holds, but 20% more were won than predicted',
    ],
    [
      'worse than the points',
      { points: points(-0.2, -0.1) },
      'Too early: .* because your own points tell more than the model: .* first in 65 of 100 cases, the model in 50',
    ],
    ['chance', { auc: between(0.45, 0.6) }, 'Too early: .* because chance explains what the table shows: .* 53 of 100'],
    ['worse than chance', { auc: between(0.3, 0.45) }, 'Too early: .* because the model does worse than a coin'],
    [
      'too good',
      { auc: between(0.95, 1) },
      'Too early: .* because this is too good to be true: .* filled in at the close',
    ],
    [
      'no better than the base rate',
      { logLossDifference: between(-0.1, 0.1) },
      'Too early: .* not yet better than the share of all that is won',
    ],
  ])('%s', (_what, figures, sentence) => {
    const verdict = verdictOf({ ...tried, figures: { ...GOOD, ...figures } })
    expect(verdict.sentence).toMatch(new RegExp(sentence.replaceAll(/[()]/g, '\\$&')))
    expect(verdict.kind).toBe(verdict.sentence.startsWith('Worth it') ? 'worth_it' : 'too_early')
  })

  it('says that a test without dates flatters', () => {
    expect(verdictOf({ ...tried, figures: GOOD }).sentence).toContain('; tested blind to time, which flatters')
  })
})

describe('no leaks found', () => {
  it('says what was not looked at, by the dates that the table has', () => {
    expect(leaksOf(tried)).toMatchObject({
      leftOut: [],
      lookedAt: expect.not.stringContaining('days to the close'),
      notLookedAt: expect.stringContaining('there is no date of creation and of the close'),
    })
    expect(leaksOf(triedOf(true)).notLookedAt).toContain('there is no date of the close')
  })
})

describe('the calibration of a page', () => {
  it('shows each tested row once', () => {
    const bins = pageOf(tried, { rowCount: 400, notes: [] }).found?.calibration ?? []
    expect(bins.length).toBe(10)
    expect(bins.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(tried.figures.tested.rows, 6)
  })
})
