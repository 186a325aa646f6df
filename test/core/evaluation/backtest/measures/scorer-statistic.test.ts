import { describe, expect, it } from 'vitest'
import {
  SCORER_METRICS,
  type ScorerMetric,
  scorerStatistic,
} from '../../../../../src/core/evaluation/backtest/measures/scorer-statistic.ts'
import type { Sample } from '../../../../../src/core/evaluation/backtest/measures/sample.ts'
import { gainStatistic, GAIN_SHARES } from '../../../../../src/core/evaluation/backtest/measures/statistics.ts'
import { brierScore, logLoss } from '../../../../../src/core/statistics/accuracy.ts'
import { rocAuc } from '../../../../../src/core/statistics/ranking.ts'
import { createRandom } from '../../../../../src/core/base/random.ts'
import {
  averagePrecision,
  brierSkill,
  calibrationIntercept,
  calibrationSlope,
  gainAtK,
  liftAtK,
  observedExpected,
  precisionAtK,
} from '../../../../oracles/metrics.ts'

const random = createRandom('scorer statistic')
const SIZE = 300
// Rounded, so that there are ties.
const probabilities = Float64Array.from({ length: SIZE }, () => Math.round(100 * random.next() ** 2) / 100 || 0.005)
const won = Uint8Array.from(probabilities, (p) => (random.next() < Math.min(0.9, p) ? 1 : 0))
const sample: Sample = {
  won,
  weights: new Float64Array(SIZE).fill(1),
  clusters: Int32Array.from(won.keys()),
  folds: new Int32Array(SIZE),
  foldMonths: [3],
  capacity: { perMonth: 10 },
}

function metricsWith(weights: Float64Array): Record<ScorerMetric, number> {
  const statistic = scorerStatistic(sample, probabilities)
  const out = new Float64Array(statistic.size)
  statistic.compute({ counts: weights, weights }, out)
  return Object.fromEntries(SCORER_METRICS.map((name, index) => [name, out[index]])) as Record<ScorerMetric, number>
}

function scoredWith(weights: Float64Array) {
  return Array.from(weights, (weight, row) => ({ probability: probabilities[row]!, won: won[row] === 1, weight }))
}

describe('all metrics of a scorer, computed together', () => {
  it('are those of the metrics module', () => {
    const found = metricsWith(sample.weights)
    const scored = scoredWith(sample.weights)
    const expected = {
      roc_auc: rocAuc,
      average_precision: averagePrecision,
      log_loss: logLoss,
      brier: brierScore,
      brier_skill: brierSkill,
      calibration_intercept: calibrationIntercept,
      calibration_slope: calibrationSlope,
      observed_expected: observedExpected,
      // Ten a month over three months.
      lift_at_capacity: liftAtK(30),
      gain_at_capacity: gainAtK(30),
      precision_at_capacity: precisionAtK(30),
    }
    for (const name of SCORER_METRICS) expect(found[name], name).toBeCloseTo(expected[name].compute(scored), 9)
  })

  it('on a bootstrap draw, too: calibration in one step is within a tenth of a standard error', () => {
    const slopes: number[] = []
    const intercepts: number[] = []
    const differences = Array.from({ length: 50 }, () => {
      const counts = new Float64Array(SIZE)
      for (let draw = 0; draw < SIZE; draw += 1) counts[random.integer(SIZE)]! += 1
      const [found, scored] = [metricsWith(counts), scoredWith(counts).filter(({ weight }) => weight > 0)]
      expect(found.roc_auc).toBeCloseTo(rocAuc.compute(scored), 9)
      expect(found.log_loss).toBeCloseTo(logLoss.compute(scored), 9)
      expect(found.gain_at_capacity).toBeCloseTo(gainAtK(30).compute(scored), 9)
      slopes.push(calibrationSlope.compute(scored))
      intercepts.push(calibrationIntercept.compute(scored))
      return {
        slope: found.calibration_slope - calibrationSlope.compute(scored),
        intercept: found.calibration_intercept - calibrationIntercept.compute(scored),
      }
    })
    const typical = (name: 'slope' | 'intercept') =>
      Math.sqrt(differences.reduce((sum, one) => sum + one[name] ** 2, 0) / differences.length)
    expect(typical('slope') / deviation(slopes)).toBeLessThan(0.1)
    expect(typical('intercept') / deviation(intercepts)).toBeLessThan(0.1)
  })

  it('leaves out rows without a probability of the scorer', () => {
    const statistic = scorerStatistic(sample, Float64Array.of(0.9, NaN, 0.2, ...new Float64Array(SIZE - 3).fill(NaN)))
    const out = new Float64Array(statistic.size)
    statistic.compute({ counts: sample.weights, weights: sample.weights }, out)
    const expected = ((0.9 - won[0]!) ** 2 + (0.2 - won[2]!) ** 2) / 2
    expect(out[SCORER_METRICS.indexOf('brier')]).toBeCloseTo(expected, 12)
  })

  it('fills the capacity fold by fold', () => {
    // Fold 0 holds 0.9 (won) and 0.8 (lost), fold 1 holds 0.3 (won) and 0.1 (lost): one a fold finds both wins.
    const two: Sample = {
      won: Uint8Array.of(1, 0, 1, 0),
      weights: new Float64Array(4).fill(1),
      clusters: Int32Array.of(0, 1, 2, 3),
      folds: Int32Array.of(0, 0, 1, 1),
      foldMonths: [1, 1],
      capacity: { perMonth: 1 },
    }
    const statistic = scorerStatistic(two, Float64Array.of(0.9, 0.8, 0.3, 0.1))
    const out = new Float64Array(statistic.size)
    statistic.compute({ counts: two.weights, weights: two.weights }, out)
    expect(out[SCORER_METRICS.indexOf('gain_at_capacity')]).toBe(1)
    expect(out[SCORER_METRICS.indexOf('lift_at_capacity')]).toBe(2)
  })
})

describe('the gain curve', () => {
  it('runs from 0 to 1 through the gains at each share', () => {
    const statistic = gainStatistic(sample, probabilities)
    const out = new Float64Array(statistic.size)
    statistic.compute({ counts: sample.weights, weights: sample.weights }, out)
    expect(out[0]).toBe(0)
    expect(out[GAIN_SHARES.length - 1]).toBeCloseTo(1, 12)
    expect(out[2]).toBeCloseTo(gainAtK(30).compute(scoredWith(sample.weights)), 12)
  })
})

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
}
