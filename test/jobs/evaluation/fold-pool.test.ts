import { describe, expect, it } from 'vitest'
import { planBacktest, runBacktest } from '../../../src/core/evaluation/backtest/run-backtest.ts'
import type { BacktestOptions } from '../../../src/core/evaluation/backtest/types.ts'
import { proveFolds } from '../../../src/jobs/evaluation/fold-pool.ts'
import { company } from '../../core/evaluation/backtest/support.ts'

const OPTIONS: BacktestOptions = {
  replicates: 50,
  training: { penalties: [10, 100], foldCount: 2 },
  scorers: ['mql_points', 'naive_bayes', 'without_backfilled', 'intent_only'],
}

describe('folds on several threads', () => {
  it('give the same bytes as one thread, for any number of threads', async () => {
    const alone = JSON.stringify(runBacktest(company(5), OPTIONS).report)
    const planned = planBacktest(company(5), OPTIONS)
    if (planned.kind !== 'planned') throw new Error(planned.kind)
    for (const threads of [1, 2, 3]) {
      const { report } = await proveFolds(planned.data, OPTIONS, planned.tasks, undefined, threads)
      expect(JSON.stringify(report), `${threads} threads`).toBe(alone)
    }
  })

  it('report their progress', async () => {
    const planned = planBacktest(company(5), OPTIONS)
    if (planned.kind !== 'planned') throw new Error(planned.kind)
    const steps: (string | number)[][] = []
    const { folds } = await proveFolds(planned.data, OPTIONS, planned.tasks, (...step) => steps.push(step), 2)
    const total = planned.tasks.length
    const inFolds = planned.tasks.map((_, index) => ['folds', index + 1, total])
    expect(steps).toEqual([...inFolds, ['bootstrap', 1, 1], ['report', 1, 1]])
    expect(folds.map(({ fold }) => fold.index)).toEqual(planned.tasks.map(({ fold }) => fold.index))
  })
})
