import { describe, expect, it } from 'vitest'
import {
  type ClosedRecord,
  fitNaiveBayes,
  naiveBayesLogOdds,
  naiveBayesPercent,
} from '../../../../../src/core/evaluation/backtest/scorers/naive-bayes.ts'

const record = (won: boolean, stage: string | null, values: Record<string, string>): ClosedRecord => ({
  won,
  stage,
  weight: 1,
  fields: new Map(Object.entries(values).map(([field, value]) => [field, [value]])),
})

const STAGES = ['s1', 's2', 's3']
const CLOSED = [
  record(true, null, { c: 'c0', a: 'a0', x: 'x1', p: 'ok', e: 'ok' }),
  record(true, null, { c: 'c1', a: 'a0', p: 'ok', e: 'ok' }),
  record(false, 's1', { x: 'x0', p: 'bad', e: 'ok' }),
  record(false, 's1', { c: 'c0', x: 'x0', p: 'bad', e: 'ok' }),
  record(false, 's3', { a: 'a1', p: 'ok', e: 'ok' }),
]

describe('Odoo-style naive Bayes', () => {
  const model = fitNaiveBayes(CLOSED, STAGES)
  const open = {
    stage: 's2',
    fields: new Map(Object.entries({ c: ['c0'], a: ['a0'], x: ['x0'], p: ['ok'], e: ['ok'] })),
  }

  it('gives the published example 74.30 per cent', () => {
    expect(naiveBayesPercent(model, open)).toBe(74.3)
  })

  it('counts stages cumulatively: a won record in every one, a lost one up to where it was lost', () => {
    expect(model.stages.get('s1')).toEqual({ won: 2.1, lost: 3.1 })
    expect(model.stages.get('s2')).toEqual({ won: 2.1, lost: 1.1 })
  })

  it('is additive: a field moves the log-odds by ln(aw / al)', () => {
    const { fields } = open
    const without = { stage: 's2', fields: new Map([...fields].filter(([field]) => field !== 'c')) }
    // c0: won 1.1 of 2.2 (c0 1.1, c1 1.1), lost 1.1 of 1.2 (c0 1.1, c1 0.1).
    const moved = naiveBayesLogOdds(model, open) - naiveBayesLogOdds(model, without)
    expect(moved).toBeCloseTo(Math.log(1.1 / 2.2 / (1.1 / 1.2)), 12)
  })

  it('ignores a value that training did not have', () => {
    const unseen = { stage: 's2', fields: new Map([...open.fields, ['y', ['?']], ['c', ['c7']]]) }
    const without = { stage: 's2', fields: new Map([...open.fields].filter(([field]) => field !== 'c')) }
    expect(naiveBayesLogOdds(model, unseen)).toBeCloseTo(naiveBayesLogOdds(model, without), 12)
  })

  it('never predicts 0 or 1', () => {
    const many = Array.from({ length: 5000 }, () => record(true, null, { f: 'v' }))
    expect(naiveBayesPercent(fitNaiveBayes(many), { stage: null, fields: new Map([['f', ['v']]]) })).toBe(99.99)
  })
})
