import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { ModelSpecification } from '../../../src/core/training/cohorts/model-specification.ts'
import { compileFeatures } from '../../../src/core/features/compile.ts'
import { FeatureSpecification } from '../../../src/core/features/specification.ts'
import { MqlRule } from '../../../src/core/evaluation/mql/mql-rule.ts'
import { compareReplay, type ReplayComparison, type ReplayTask } from '../../../src/simulation/studies/replay-study.ts'
import { studentQuantile975, tallyReplays } from '../../../src/simulation/studies/replay-tally.ts'

const read = (file: string): unknown =>
  JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../../models', file), 'utf8'))
const specification = {
  featureSet: compileFeatures(FeatureSpecification.parse(read('features.json'))),
  inMarket: ModelSpecification.parse(read('in-market.json')),
  win: ModelSpecification.parse(read('win.json')),
  rule: MqlRule.parse(read('mql-points.json')),
}
/** Opportunities so frequent that few accounts suffice to learn from. */
const SMALL = { seed: '1', accounts: 220, capacityPerMonth: 6, world: { openingShift: 2.3 } }

function compared(task: ReplayTask): ReplayComparison {
  const result = compareReplay(task, specification)
  if (result.kind !== 'compared') throw new Error(result.reason)
  return result
}

describe('the replay against the same company living under each list', () => {
  it('is exactly right where work by sales changes nothing', () => {
    const { claimed, real, won, addedInFirstMonth, listed } = compared({
      ...SMALL,
      world: { ...SMALL.world, salesEffect: 0, salesTraces: false },
    })
    expect(listed).toBeGreaterThan(20)
    expect(real.model).toBeGreaterThan(0)
    expect(real.model).toBeCloseTo(claimed.model.value ?? NaN, 12)
    expect(real.rule).toBeCloseTo(claimed.rule.value ?? NaN, 12)
    expect(real.difference).toBeCloseTo(claimed.difference.value ?? NaN, 12)
    expect(won.model).toBe(won.history)
    expect(won.rule).toBe(won.history)
    expect(addedInFirstMonth).toBe(0)
  })

  it('says less of the model than its list brings where work by sales wins deals, and the same seed says the same', () => {
    const task = { ...SMALL, world: { ...SMALL.world, salesEffect: 4, salesTraces: false } }
    const result = compared(task)
    expect(result.modelEntriesWorked).toBeLessThan(1)
    expect(result.addedInFirstMonth).toBeGreaterThan(0)
    expect(result.real.model).toBeGreaterThan(result.claimed.model.value ?? NaN)
    expect(compared(task)).toEqual(result)
  })

  it('a company with too little to learn from is refused by name', () => {
    const result = compareReplay({ seed: '1', accounts: 40, capacityPerMonth: 5 }, specification)
    expect(result).toEqual({ kind: 'refused', seed: '1', reason: 'too_few' })
  })
})

describe('the tally over companies', () => {
  const share = (value: number) => ({ value, low: value - 0.02, high: value + 0.02 })
  const company = (model: number, real: number): ReplayComparison => ({
    kind: 'compared',
    seed: 'x',
    listed: 100,
    claimed: { model: share(model), rule: share(0.05), difference: share(model - 0.05) },
    real: { model: real, rule: 0.05, difference: real - 0.05 },
    modelEntriesWorked: 0.5,
    addedInFirstMonth: 0.01,
    won: { history: 10, model: 13, rule: 11 },
    workedMonths: { history: 100, model: 90, rule: 90 },
  })

  it('a gap is what the replay said less what happened, per hundred entries', () => {
    // Gaps -1 and -3: mean -2, standard error 1, and Student's t with one degree of freedom 12.706.
    const tally = tallyReplays([company(0.08, 0.09), company(0.08, 0.11)])
    expect(tally.entries).toBe(200)
    expect(tally.lists.model.gap.mean).toBeCloseTo(-2, 10)
    expect(tally.lists.model.gap.low).toBeCloseTo(-14.706, 3)
    expect(tally.lists.model.gap.high).toBeCloseTo(10.706, 3)
    // 0.11 lies outside of 0.06 to 0.10.
    expect(tally.held).toEqual({ model: 1, rule: 2, difference: 1 })
    expect(tally.wonMoreByModel.mean).toBe(2)
  })

  it("Student's t at 0.975, by the tables", () => {
    // scipy.stats.t.ppf(0.975, [1, 10, 11, 19, 99])
    const quantiles = [1, 10, 11, 19, 99].map((degrees) => studentQuantile975(degrees).toFixed(3))
    expect(quantiles).toEqual(['12.706', '2.228', '2.201', '2.093', '1.984'])
  })
})
