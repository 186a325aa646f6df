import { fitAffine } from '../../../statistics/affine-fit.ts'
import { clipProbability, logOddsOf } from '../../../statistics/metric.ts'
import { countClusters, type Statistic } from '../../../statistics/bootstrap.ts'
import { rank, type Ranked, rankingOf, wonWithin } from './ranked.ts'
import type { Capacity } from '../../policy/objective.ts'
import type { Sample } from './sample.ts'
import { sigmoid } from '../../../statistics/sigmoid.ts'

export const SCORER_METRICS = [
  'roc_auc',
  'average_precision',
  'log_loss',
  'brier',
  'brier_skill',
  'calibration_intercept',
  'calibration_slope',
  'observed_expected',
  'lift_at_capacity',
  'gain_at_capacity',
  'precision_at_capacity',
] as const
export type ScorerMetric = (typeof SCORER_METRICS)[number]

export const METRIC_DIRECTION: Readonly<Record<ScorerMetric | 'ece', 'higher' | 'lower' | 'near_zero' | 'near_one'>> = {
  roc_auc: 'higher',
  average_precision: 'higher',
  log_loss: 'lower',
  brier: 'lower',
  brier_skill: 'higher',
  calibration_intercept: 'near_zero',
  calibration_slope: 'near_one',
  observed_expected: 'near_one',
  ece: 'lower',
  lift_at_capacity: 'higher',
  gain_at_capacity: 'higher',
  precision_at_capacity: 'higher',
}

/** Everything about an scorer that does not depend on the draw, over the rows that it has a probability for. */
interface PreparedScorer {
  /** `TERMS` sums for each account, one account after the other. */
  readonly terms: Float64Array
  readonly slope: number
  readonly shift: number
  readonly ranked: Ranked
  readonly rankedInFolds: readonly Ranked[]
  /** For each fold the weight of each account. */
  readonly foldWeights: readonly Float64Array[]
  readonly foldMonths: readonly number[]
  readonly capacity: Capacity
}

/**
 * All metrics of one scorer, in the order of `SCORER_METRICS`. A draw costs one pass over the ranked rows, one over the top of
 * them, and one over the accounts.
 *
 * @param probabilities per row of the sample; rows with NaN are left out
 */
export function scorerStatistic(sample: Sample, probabilities: Float64Array): Statistic {
  const prepared = prepare(sample, probabilities)
  return {
    size: SCORER_METRICS.length,
    compute: ({ counts, weights }, out) => {
      const sums = sumAccounts(prepared, counts)
      const baseRate = sums.won / sums.weight
      const brier = sums.brier / sums.weight
      const ranking = rankingOf(prepared.ranked, weights)
      const top = topOf(prepared, counts, weights)
      const precision = top.won / top.listed
      out[0] = ranking.rocAuc
      out[1] = ranking.averagePrecision
      out[2] = sums.logLoss / sums.weight
      out[3] = brier
      out[4] = 1 - brier / (baseRate * (1 - baseRate))
      out[5] = sums.intercept
      out[6] = sums.slope
      out[7] = sums.won / sums.expected
      out[8] = precision / baseRate
      out[9] = top.won / sums.won
      out[10] = precision
    },
  }
}

function prepare(sample: Sample, probabilities: Float64Array): PreparedScorer {
  const rows = Int32Array.from(probabilities.keys()).filter((row) => !Number.isNaN(probabilities[row]!))
  const won = Uint8Array.from(rows, (row) => sample.won[row]!)
  const probability = Float64Array.from(rows, (row) => probabilities[row]!)
  const inFold = (fold: number) => rows.filter((row) => sample.folds[row] === fold)
  const weights = Float64Array.from(rows, (row) => sample.weights[row]!)
  const { terms, slope, shift } = prepareTerms(probability, won, weights)
  const clusterCount = countClusters(sample.clusters)
  const foldWeights = sample.foldMonths.map(() => new Float64Array(clusterCount))
  for (const row of rows) foldWeights[sample.folds[row]!]![sample.clusters[row]!]! += sample.weights[row]!
  return {
    terms: sumByCluster(terms, TERMS, rows, sample, clusterCount),
    slope,
    shift,
    foldWeights,
    ranked: rank(sample, probabilities, rows),
    rankedInFolds: sample.foldMonths.map((_, fold) => rank(sample, probabilities, inFold(fold))),
    foldMonths: sample.foldMonths,
    capacity: sample.capacity,
  }
}

/** Weighted sums of each account's rows: what a draw needs of everything that is only added up. */
function sumByCluster(
  terms: Float64Array,
  width: number,
  rows: Int32Array,
  { clusters, weights }: Sample,
  clusterCount: number,
): Float64Array {
  const sums = new Float64Array(clusterCount * width)
  for (let k = 0; k < rows.length; k += 1) {
    const base = clusters[rows[k]!]! * width
    for (let term = 0; term < width; term += 1) sums[base + term]! += weights[rows[k]!]! * terms[k * width + term]!
  }
  return sums
}

/** 1, won, expected, log loss, Brier; gradient, curvature and its change for the slope's step; the same for the intercept's. */
const TERMS = 17

/**
 * Calibration in the bootstrap takes a step from the fit on all rows instead of a fit for every draw: gradient g,
 * curvature H and third derivative T of each row are computed once, and a draw only sums them. A Newton step d = -H^-1 g
 * would leave the gradient T[d, d] / 2, so that -H^-1 T[d, d] / 2 is added (Chebyshev's method). What remains is of the
 * third order in the difference between draw and sample; the tests compare with full fits.
 */
function prepareTerms(probability: Float64Array, won: Uint8Array, weights: Float64Array) {
  const logOdds = probability.map(logOddsOf)
  const varies = logOdds.some((value) => Math.abs(value - logOdds[0]!) > 1e-9)
  const line = varies ? fitAffine(logOdds, won, weights) : undefined
  const level = fitAffine(logOdds, won, weights, { slopeFixed: true })
  const centre = (line ?? level)?.centre ?? 0
  const terms = new Float64Array(probability.length * TERMS)
  for (let k = 0; k < probability.length; k += 1) {
    const p = probability[k]!
    const outcome = won[k]!
    const x = logOdds[k]! - centre
    const atLine = line ? sigmoid(centre + line.shift + line.slope * x) : NaN
    const atLevel = level ? sigmoid(centre + level.shift + x) : NaN
    const [residual, curvature] = [atLine - outcome, atLine * (1 - atLine)]
    const third = curvature * (1 - 2 * atLine)
    const curvatureOfLevel = atLevel * (1 - atLevel)
    const own = [1, outcome, p, -Math.log(clipProbability(outcome === 1 ? p : 1 - p)), (p - outcome) ** 2]
    const ofSlope = [residual, residual * x, curvature, curvature * x, curvature * x * x]
    const ofSlope3 = [third, third * x, third * x * x, third * x * x * x]
    terms.set(
      [...own, ...ofSlope, ...ofSlope3, atLevel - outcome, curvatureOfLevel, curvatureOfLevel * (1 - 2 * atLevel)],
      k * TERMS,
    )
  }
  return { terms, slope: line?.slope ?? NaN, shift: level?.shift ?? NaN }
}

function sumAccounts({ terms, slope, shift }: PreparedScorer, counts: Float64Array) {
  let weight = 0
  let won = 0
  let expected = 0
  let logLoss = 0
  let brier = 0
  let g0 = 0
  let g1 = 0
  let h00 = 0
  let h01 = 0
  let h11 = 0
  let t0 = 0
  let t1 = 0
  let t2 = 0
  let t3 = 0
  let g = 0
  let h = 0
  let t = 0
  for (let account = 0; account < counts.length; account += 1) {
    const w = counts[account]!
    if (w === 0) continue
    const at = account * TERMS
    weight += w * terms[at]!
    won += w * terms[at + 1]!
    expected += w * terms[at + 2]!
    logLoss += w * terms[at + 3]!
    brier += w * terms[at + 4]!
    g0 += w * terms[at + 5]!
    g1 += w * terms[at + 6]!
    h00 += w * terms[at + 7]!
    h01 += w * terms[at + 8]!
    h11 += w * terms[at + 9]!
    t0 += w * terms[at + 10]!
    t1 += w * terms[at + 11]!
    t2 += w * terms[at + 12]!
    t3 += w * terms[at + 13]!
    g += w * terms[at + 14]!
    h += w * terms[at + 15]!
    t += w * terms[at + 16]!
  }
  const determinant = h00 * h11 - h01 * h01
  const d0 = -(h11 * g0 - h01 * g1) / determinant
  const d1 = -(h00 * g1 - h01 * g0) / determinant
  const left0 = (t0 * d0 * d0 + 2 * t1 * d0 * d1 + t2 * d1 * d1) / 2
  const left1 = (t1 * d0 * d0 + 2 * t2 * d0 * d1 + t3 * d1 * d1) / 2
  const d = -g / h
  return {
    weight,
    won,
    expected,
    logLoss,
    brier,
    slope: slope + d1 - (h00 * left1 - h01 * left0) / determinant,
    intercept: shift + d - (t * d * d) / 2 / h,
  }
}

/** Won among the top of every fold, as many as can be worked in it; ties at the cut count in proportion. */
function topOf(
  { rankedInFolds, foldWeights, foldMonths, capacity }: PreparedScorer,
  counts: Float64Array,
  weights: Float64Array,
) {
  let [won, listed] = [0, 0]
  rankedInFolds.forEach((ranked, fold) => {
    const limit =
      'share' in capacity ? capacity.share * dot(counts, foldWeights[fold]!) : capacity.perMonth * foldMonths[fold]!
    const top = wonWithin(ranked, weights, limit)
    won += top.won
    listed += top.listed
  })
  return { won, listed }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let k = 0; k < a.length; k += 1) sum += a[k]! * b[k]!
  return sum
}
