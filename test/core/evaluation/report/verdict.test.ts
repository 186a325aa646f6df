import { describe, expect, it } from 'vitest'
import { type Evidence, type Gains, verdictOf } from '../../../../src/core/evaluation/report/verdict.ts'

const interval = (low: number, high: number) => ({ value: (low + high) / 2, low, high })

const good: Gains = {
  calibrationSlope: interval(0.85, 1.2),
  observedExpected: interval(0.9, 1.1),
  rocAuc: interval(0.65, 0.75),
  logLossLessBaseRate: interval(-0.06, -0.02),
  logLossLessMqlPoints: interval(-0.05, -0.001),
  logLossLessNaiveBayes: interval(-0.01, 0.0099),
}
const sound: Evidence = {
  model: good,
  newest: { calibrationSlope: interval(0.6, 1.5), observedExpected: interval(0.8, 1.2) },
  withoutBackfilled: good,
  backfilled: [{ column: 'industry', share: 0.4 }],
  failures: [],
  baselinesMissing: [],
  leakage: [],
}

const leak = (severity: 'critical' | 'warning') => {
  return {
    column: 'x',
    kind: 'separates_outcome',
    severity,
    evidence: 'AUC 0.99',
    figures: {},
    remedy: 'drop it',
  } as const
}

const failedBy = (change: Partial<Evidence>) => {
  const { verdict, reasons } = verdictOf({ ...sound, ...change })
  const failed = reasons.filter(({ passed }) => !passed)
  return { verdict, failed: failed.map(({ condition, evaluation }) => ({ condition, evaluation })) }
}

describe('the verdict', () => {
  it('is proven when every condition holds', () => {
    expect(failedBy({})).toEqual({ verdict: 'proven', failed: [] })
  })

  it.each<[string, Partial<Gains>]>([
    ['calibration_slope', { calibrationSlope: interval(0.5, 0.79) }],
    ['calibration_slope', { calibrationSlope: interval(1.26, 1.6) }],
    ['observed_expected', { observedExpected: interval(1.26, 1.5) }],
    ['roc_auc', { rocAuc: interval(0.5, 0.6) }],
    ['log_loss_base_rate', { logLossLessBaseRate: interval(-0.01, 0) }],
    ['log_loss_mql_points', { logLossLessMqlPoints: interval(-0.05, 0.001) }],
    ['log_loss_naive_bayes', { logLossLessNaiveBayes: interval(-0.01, 0.01) }],
  ])('fails when one condition fails: %s', (condition, change) => {
    const failed = [{ condition, evaluation: 'all_folds' }]
    expect(failedBy({ model: { ...good, ...change } })).toEqual({ verdict: 'not_proven', failed })
  })

  it.each<[string, Partial<Evidence>, string?]>([
    ['observed_expected', { newest: { ...sound.newest, observedExpected: interval(0.5, 0.79) } }, 'newest_fold'],
    ['calibration_slope', { newest: { ...sound.newest, calibrationSlope: interval(-0.3, 0.4) } }, 'newest_fold'],
    ['baselines_compared', { baselinesMissing: [{ scorer: 'mql_points', reason: 'not trained: separated' }] }],
    ['without_backfilled', { withoutBackfilled: null }],
    ['not_separated', { failures: [{ split: '2024-01-01', kind: 'separated', sentence: 'x gives it away' }] }],
    ['no_critical_leak', { leakage: [leak('critical')] }],
  ])('fails when any other condition fails: %s', (condition, change, evaluation = 'all_folds') => {
    expect(failedBy(change)).toEqual({ verdict: 'not_proven', failed: [{ condition, evaluation }] })
  })

  it('passes the calibration and fails the gain if the intervals are wide', () => {
    expect(failedBy({ model: { ...good, calibrationSlope: interval(0.1, 2) } }).verdict).toBe('proven')
    expect(failedBy({ model: { ...good, rocAuc: interval(0.3, 0.9) } }).verdict).toBe('not_proven')
  })

  it('fails if a figure is undefined', () => {
    const none = { value: NaN, low: NaN, high: NaN }
    expect(failedBy({ model: { ...good, calibrationSlope: none } }).failed).toEqual([
      { condition: 'calibration_slope', evaluation: 'all_folds' },
    ])
    expect(failedBy({ model: { ...good, rocAuc: none } }).failed).toEqual([
      { condition: 'roc_auc', evaluation: 'all_folds' },
    ])
  })

  it('fails and names the backfilled facts when the gain depends on them', () => {
    const { verdict, reasons } = verdictOf({
      ...sound,
      withoutBackfilled: { ...good, logLossLessMqlPoints: interval(-0.02, 0.01) },
    })
    expect(verdict).toBe('not_proven')
    expect(reasons.find(({ passed }) => !passed)).toMatchObject({
      condition: 'log_loss_mql_points',
      evaluation: 'without_backfilled',
      figure: interval(-0.02, 0.01),
      limit: { interval: 'below', low: null, high: 0 },
      sentence: 'without backfilled industry: Δ log loss vs. MQL points: -0.005 (95% interval -0.020 to 0.010)',
    })
  })

  it('does not require backfilled facts or MQL points if the data hold none', () => {
    const change = { withoutBackfilled: null, backfilled: [], model: { ...good, logLossLessMqlPoints: null } }
    const { verdict, reasons } = verdictOf({ ...sound, ...change })
    expect(verdict).toBe('proven')
    expect(reasons.map(({ sentence }) => sentence)).toContain('no feature holds a backfilled fact')
    expect(reasons.map(({ sentence }) => sentence)).toContain('no comparison with MQL points: the data hold none')
  })

  it('does not fail for warnings of the leakage audit', () => {
    expect(failedBy({ leakage: [leak('warning')] }).verdict).toBe('proven')
  })
})
