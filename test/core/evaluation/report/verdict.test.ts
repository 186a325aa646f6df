import { describe, expect, it } from 'vitest'
import { type Evidence, type Gains, judge } from '../../../../src/core/evaluation/report/verdict.ts'

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

const failedBy = (change: Partial<Evidence>) => {
  const { verdict, reasons } = judge({ ...sound, ...change })
  return { verdict, failed: reasons.filter(({ passed }) => !passed).map(({ condition }) => condition) }
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
  ])('each condition alone thresholds it: %s', (condition, change) => {
    expect(failedBy({ model: { ...good, ...change } })).toEqual({ verdict: 'not_proven', failed: [condition] })
  })

  it.each<[string, Partial<Evidence>]>([
    ['newest_observed_expected', { newest: { ...sound.newest, observedExpected: interval(0.5, 0.79) } }],
    ['newest_calibration_slope', { newest: { ...sound.newest, calibrationSlope: interval(-0.3, 0.4) } }],
    ['baselines_compared', { baselinesMissing: [{ scorer: 'mql_points', reason: 'not trained: separated' }] }],
    ['without_backfilled', { withoutBackfilled: null }],
    ['not_separated', { failures: [{ split: '2024-01-01', kind: 'separated', sentence: 'x gives it away' }] }],
    [
      'no_critical_leak',
      { leakage: [{ column: 'x', kind: 'tripwire', severity: 'critical', evidence: 'AUC 0.99', remedy: 'drop it' }] },
    ],
  ])('and so does each of these: %s', (condition, change) => {
    expect(failedBy(change)).toEqual({ verdict: 'not_proven', failed: [condition] })
  })

  it('a wide interval does not fail calibration, but proves no gain', () => {
    expect(failedBy({ model: { ...good, calibrationSlope: interval(0.1, 2) } }).verdict).toBe('proven')
    expect(failedBy({ model: { ...good, rocAuc: interval(0.3, 0.9) } }).verdict).toBe('not_proven')
  })

  it('a figure that is not defined fails', () => {
    const none = { value: NaN, low: NaN, high: NaN }
    expect(failedBy({ model: { ...good, calibrationSlope: none } }).failed).toEqual(['calibration_slope'])
    expect(failedBy({ model: { ...good, rocAuc: none } }).failed).toEqual(['roc_auc'])
  })

  it('a gain that hangs on backfilled facts is none, and the facts are named', () => {
    const { verdict, reasons } = judge({
      ...sound,
      withoutBackfilled: { ...good, logLossLessMqlPoints: interval(-0.02, 0.01) },
    })
    expect(verdict).toBe('not_proven')
    expect(reasons.find(({ passed }) => !passed)).toMatchObject({
      condition: 'without_backfilled_log_loss_mql_points',
      sentence:
        "depends on backfilled industry: log loss less that of the company's MQL points: -0.005 (95% interval -0.020 to 0.010)",
    })
  })

  it('without backfilled facts, and without MQL points, says so and does not ask for them', () => {
    const change = { withoutBackfilled: null, backfilled: [], model: { ...good, logLossLessMqlPoints: null } }
    const { verdict, reasons } = judge({ ...sound, ...change })
    expect(verdict).toBe('proven')
    expect(reasons.map(({ sentence }) => sentence)).toContain('no feature holds a backfilled fact')
    expect(reasons.map(({ sentence }) => sentence)).toContain('the data hold no MQL points: not compared with any')
  })

  it('warnings of the leakage audit do not threshold it', () => {
    const leakage = [{ column: 'x', kind: 'late', severity: 'warning' as const, evidence: '', remedy: '' }]
    expect(failedBy({ leakage }).verdict).toBe('proven')
  })
})
