import { describe, expect, it } from 'vitest'
import { brierScore, logLoss } from '../../../src/core/statistics/accuracy.ts'
import { expectedCalibrationError, reliabilityBins } from '../../../src/core/statistics/calibration.ts'
import { compareAuc, deLong } from '../../../src/core/statistics/delong.ts'
import type { Scored } from '../../../src/core/statistics/metric.ts'
import { rankRows, rocAuc, rocAucOf, topDecileLift } from '../../../src/core/statistics/ranking.ts'
import { compareDistributions, populationStabilityIndex } from '../../../src/core/statistics/stability.ts'
import { createRandom } from '../../../src/core/base/random.ts'
import {
  averagePrecision,
  brierSkill,
  calibrationIntercept,
  calibrationSlope,
  gainAtK,
  liftAtK,
  observedExpected,
  precisionAtK,
} from '../../oracles/metrics.ts'

const won = (probability: number): Scored => ({ probability, won: true })
const lost = (probability: number): Scored => ({ probability, won: false })
/** The classic four: two lost at .1 and .4, two won at .35 and .8. */
const four = [lost(0.1), lost(0.4), won(0.35), won(0.8)]

function simulated(count: number, distort: (logOdds: number) => number): Scored[] {
  const random = createRandom('metrics')
  return Array.from({ length: count }, () => {
    const logOdds = random.normal()
    const outcome = random.next() < 1 / (1 + Math.exp(-logOdds))
    return { probability: 1 / (1 + Math.exp(-distort(logOdds))), won: outcome }
  })
}

describe('log loss and Brier score', () => {
  it('are the mean penalties for the probability given', () => {
    // (0.8 - 1)^2 = 0.04 and (0.3 - 0)^2 = 0.09, mean 0.065; -ln 0.8 = 0.223144, -ln 0.7 = 0.356675, mean 0.289909
    expect(brierScore.compute([won(0.8), lost(0.3)])).toBeCloseTo(0.065, 12)
    expect(logLoss.compute([won(0.8), lost(0.3)])).toBeCloseTo(0.289909, 6)
  })

  it('stay finite for a certain prediction that was wrong', () => {
    expect(logLoss.compute([lost(1)])).toBeGreaterThan(30)
    expect(logLoss.compute([lost(1)])).toBeLessThan(40)
  })

  it('count a row by its weight', () => {
    // (3 * 0.04 + 0.09) / 4
    expect(brierScore.compute([{ ...won(0.8), weight: 3 }, lost(0.3)])).toBeCloseTo(0.0525, 12)
  })

  it('measure skill against the base rate', () => {
    // 1 - 0.065 / 0.25
    expect(brierSkill.compute([won(0.8), lost(0.3)])).toBeCloseTo(0.74, 12)
    expect(brierSkill.compute([won(0.5), lost(0.5)])).toBeCloseTo(0, 12)
  })
})

describe('ranking', () => {
  it('counts the pairs in which the won row is ahead', () => {
    expect(rocAuc.compute(four)).toBe(0.75)
  })

  it('gives half for a tie, whatever the order of the rows', () => {
    // Pairs: (.5, .5) half, (.5, .2) one: 1.5 of 2
    expect(rocAuc.compute([won(0.5), lost(0.5), lost(0.2)])).toBe(0.75)
    expect(rocAuc.compute([lost(0.2), lost(0.5), won(0.5)])).toBe(0.75)
  })

  it('is not defined with one outcome only', () => {
    expect(rocAuc.compute([won(0.3)])).toBeNaN()
  })

  it('takes a bootstrap draw as weights on one sorting', () => {
    // Drawn twice the lost .4, not the lost .1: the won .35 loses both pairs, .8 wins both.
    expect(rocAucOf(rankRows(four), Float64Array.from([0, 2, 1, 1]))).toBe(0.5)
  })

  it('averages precision over the won rows', () => {
    // Won at ranks 1 and 3 of .8, .4, .35, .1: (1 + 2/3) / 2
    expect(averagePrecision.compute(four)).toBeCloseTo(5 / 6, 12)
    // All tied: the base rate
    expect(averagePrecision.compute([won(0.5), lost(0.5), lost(0.5), lost(0.5)])).toBeCloseTo(0.25, 12)
  })

  it('counts what the top k hold', () => {
    // Top 2 of .8w .4l .35w .1l: one of two wins
    expect(precisionAtK(2).compute(four)).toBe(0.5)
    expect(gainAtK(2).compute(four)).toBe(0.5)
    expect(liftAtK(1).compute(four)).toBe(2)
    expect(liftAtK(4).compute(four)).toBe(1)
    expect(precisionAtK(10).compute(four)).toBe(0.5)
  })

  it('expects its share where k cuts through equal probabilities', () => {
    // Rank 1 is won; one more place for one of two tied rows, of which one is won: 1.5 of 2 places
    expect(precisionAtK(2).compute([won(0.9), lost(0.5), won(0.5), lost(0.1)])).toBe(0.75)
  })

  it('lifts the top tenth', () => {
    const rows = Array.from({ length: 20 }, (_, rank) =>
      rank < 2 || rank > 17 ? won(1 - rank / 20) : lost(1 - rank / 20),
    )
    // Top 2 all won, base rate 4 of 20
    expect(topDecileLift.compute(rows)).toBeCloseTo(5, 12)
  })

  it('refuses a k of 0', () => {
    expect(() => liftAtK(0)).toThrow('k must be above 0, got 0')
  })
})

describe('DeLong', () => {
  it('gives the variance of the AUC', () => {
    expect(deLong(four)).toEqual({ auc: 0.75, variance: 0.125 })
  })

  it('finds no difference between a ranking and itself, and none in its variance', () => {
    expect(compareAuc(four, four)).toMatchObject({ difference: 0, variance: 0 })
  })

  it('agrees with the pairwise definition on ties', () => {
    const rows = simulated(200, (logOdds) => Math.round(logOdds * 2) / 2)
    expect(deLong(rows).auc).toBeCloseTo(rocAuc.compute(rows), 12)
  })

  it('compares only predictions for the same outcomes', () => {
    expect(() => compareAuc(four, four.toReversed())).toThrow('same outcomes')
  })
})

describe('calibration', () => {
  it('has intercept 0 and slope 1 for true probabilities', () => {
    const rows = simulated(40_000, (logOdds) => logOdds)
    expect(calibrationIntercept.compute(rows)).toBeCloseTo(0, 1)
    expect(calibrationSlope.compute(rows)).toBeCloseTo(1, 1)
  })

  it('detects predictions that are twice too extreme, and predictions that are too high', () => {
    expect(calibrationSlope.compute(simulated(40_000, (logOdds) => 2 * logOdds))).toBeCloseTo(0.5, 1)
    expect(calibrationIntercept.compute(simulated(40_000, (logOdds) => logOdds + 1))).toBeCloseTo(-1, 1)
  })

  it('takes the intercept from the base rate when all predictions are equal', () => {
    // Predicted 1/2, observed 3/4: ln 3
    expect(calibrationIntercept.compute([won(0.5), won(0.5), won(0.5), lost(0.5)])).toBeCloseTo(Math.log(3), 10)
    expect(calibrationSlope.compute([won(0.5), won(0.5), won(0.5), lost(0.5)])).toBeNaN()
  })

  it('compares wins with wins expected', () => {
    expect(observedExpected.compute(four)).toBeCloseTo(2 / 1.65, 12)
  })

  it('bins rows equally and shares ties between bins', () => {
    expect(reliabilityBins(four, 2)).toEqual([
      { weight: 2, lowest: 0.1, highest: 0.35, meanProbability: expect.closeTo(0.225, 12), wonRate: 0.5 },
      { weight: 2, lowest: 0.4, highest: 0.8, meanProbability: expect.closeTo(0.6, 12), wonRate: 0.5 },
    ])
    const tied = [won(0.5), lost(0.5), lost(0.5), won(0.5)]
    for (const bin of reliabilityBins(tied, 3)) expect(bin.wonRate).toBeCloseTo(0.5, 12)
  })

  it('averages the gaps of ten bins', () => {
    // 100 rows at 0.3 of which 50 won: every bin has gap 0.2
    const rows = Array.from({ length: 100 }, (_, index) => (index % 2 ? won(0.3) : lost(0.3)))
    expect(reliabilityBins(rows)).toHaveLength(10)
    expect(expectedCalibrationError.compute(rows)).toBeCloseTo(0.2, 10)
  })
})

describe('population stability', () => {
  it('is 0.228217 from quarters to a tenth, two, three and four tenths', () => {
    expect(populationStabilityIndex([0.25, 0.25, 0.25, 0.25], [0.1, 0.2, 0.3, 0.4])).toBeCloseTo(0.228217, 6)
  })

  it('reports too few values below 200', () => {
    expect(compareDistributions([1, 2, 3], [1, 2, 3]).state).toBe('too_few')
  })

  it('alarms on a shift and rarely without one', () => {
    const random = createRandom('psi')
    const draw = (count: number, shift: number) => Array.from({ length: count }, () => random.normal() + shift)
    const alarms = Array.from({ length: 100 }, () => compareDistributions(draw(300, 0), draw(300, 0)).state)
    expect(alarms.filter((state) => state === 'shifted').length).toBeLessThanOrEqual(10)
    expect(compareDistributions(draw(300, 0), draw(300, 1)).state).toBe('shifted')
  })
})
