import { fitAffine } from '../../statistics/affine-fit.ts'
import {
  bootstrap,
  clusterIndexes,
  type Estimates,
  type Interval,
  interval95,
  type Statistic,
} from '../../statistics/bootstrap.ts'
import { calibrationNoise, type CalibrationNoise } from '../backtest/measures/noise-floor.ts'
import { rankRows, rocAucOf } from '../../statistics/ranking.ts'
import { sigmoid } from '../../statistics/sigmoid.ts'
import type { TrainingRow } from '../../training/logistic/types.ts'
import type { TestPlan } from './split.ts'
import type { TestedFold } from './validate.ts'

export interface PointsFigures {
  readonly auc: Interval
  /** The model's AUC less that of the points, on the rows that have points. */
  readonly difference: Interval
  readonly rows: number
}

/** A tenth of the tested rows by probability, with the range of won shares that exact probabilities would show. */
export type CalibrationBin = CalibrationNoise['bins'][number]

export interface TableFigures {
  readonly tested: { readonly rows: number; readonly won: number }
  readonly auc: Interval
  readonly logLoss: Interval
  readonly baseLogLoss: number
  /** Log loss less that of the base rate: below 0 is better. */
  readonly logLossDifference: Interval
  readonly observedExpected: Interval
  readonly calibrationSlope: Interval | null
  readonly calibration: readonly CalibrationBin[]
  readonly points: PointsFigures | null
}

const MOST_DRAWS = 1000
const FEWEST_DRAWS = 300
/** Row visits that the bootstrap may cost. */
const WORK = 12_000_000

/**
 * The figures of the test with 95% intervals, by a bootstrap over accounts. Within each draw a figure is averaged over the
 * repeats, so that repeating the cross-validation steadies the figure and does not narrow its interval.
 *
 * @param weights per row, how many rows of the table it stands for
 * @param points one per row, null where unknown
 */
export function tableFigures(
  plan: TestPlan,
  folds: readonly TestedFold[],
  rows: readonly TrainingRow[],
  weights: Float64Array,
  points: readonly (number | null)[] | null,
  seed: number,
): TableFigures {
  const positions = [...new Set(folds.flatMap(({ test }) => [...test]))].sort((a, b) => a - b)
  const place = new Map(positions.map((row, index) => [row, index]))
  const won = Uint8Array.from(positions, (row) => (rows[row]!.won ? 1 : 0))
  const parts = (plan.kind === 'forward' ? [folds] : folds.map((fold) => [fold])).map((pooled) => partOf(pooled, place))
  const pointsOf = points && positions.map((row) => points[row] ?? null)
  // Each row once.
  const once = parts.slice(0, plan.kind === 'forward' ? 1 : plan.foldCount)
  const statistics = [
    aucStatistic(parts, won),
    lossStatistic(parts, won),
    slopeStatistic(once, won),
    ...(pointsOf ? [againstPoints(parts, won, pointsOf)] : []),
  ]
  const work = folds.reduce((sum, { test }) => sum + test.length, 0)
  const replicates = Math.max(FEWEST_DRAWS, Math.min(MOST_DRAWS, Math.floor(WORK / work)))
  const clusters = clusterIndexes(positions.map((row) => rows[row]!.id))
  const estimates = bootstrap(
    statistics,
    clusters,
    Float64Array.from(positions, (row) => weights[row]!),
    { replicates, seed },
  )
  const [auc, loss, slope, ofPoints] = estimates as [Estimates, Estimates, Estimates, Estimates | undefined]
  const slopeValue = slope.value[0]!
  const widen = plan.kind === 'forward' ? 1 : overlapFactor(plan.foldCount)
  return {
    tested: { rows: positions.length, won: won.reduce((sum, one) => sum + one, 0) },
    auc: clamped(widened(auc.value[0]!, auc.draws[0]!, widen)),
    logLoss: widened(loss.value[0]!, loss.draws[0]!, widen),
    baseLogLoss: loss.value[1]!,
    logLossDifference: difference(loss, widen),
    observedExpected: interval95(loss.value[2]!, loss.draws[2]!),
    calibrationSlope: Number.isNaN(slopeValue) ? null : widened(slopeValue, slope.draws[0]!, widen),
    calibration: calibrationOf(once, positions, rows, weights, seed),
    points:
      ofPoints && pointsOf && !Number.isNaN(ofPoints.value[1]!)
        ? {
            auc: interval95(ofPoints.value[1]!, ofPoints.draws[1]!),
            difference: difference(ofPoints, widen),
            rows: pointsOf.filter((one) => one !== null).length,
          }
        : null,
  }
}

function calibrationOf(
  parts: readonly Part[],
  positions: readonly number[],
  rows: readonly TrainingRow[],
  weights: Float64Array,
  seed: number,
): readonly CalibrationBin[] {
  const tested = parts.flatMap(({ at, logOdds }) =>
    Array.from(at, (index, place) => {
      const position = positions[index]!
      const { id, openedAt, won } = rows[position]!
      return { id, openedAt, won, probability: sigmoid(logOdds[place]!), weight: weights[position]! }
    }),
  )
  return calibrationNoise(tested, 0, seed).bins
}

interface Part {
  /** Positions among the tested rows. */
  readonly at: Int32Array
  readonly logOdds: Float64Array
  readonly base: Float64Array
}

/** The blocks of a forward test are one test: each row is predicted once. */
function partOf(folds: readonly TestedFold[], place: ReadonlyMap<number, number>): Part {
  return {
    at: Int32Array.from(folds.flatMap(({ test }) => Array.from(test, (row) => place.get(row)!))),
    logOdds: Float64Array.from(folds.flatMap(({ logOdds }) => [...logOdds])),
    base: Float64Array.from(folds.flatMap(({ test, baseLogOdds }) => Array.from(test, () => baseLogOdds))),
  }
}

/**
 * How much wider than that of one test an interval from cross-validation is. The training sets of the folds overlap, and a
 * bootstrap of the test rows alone takes the models for given: Nadeau and Bengio (2003) replace 1 / folds in the variance by
 * 1 / folds + test / training rows, here 1 / folds + 1 / (folds - 1). Ten folds: the square root of 1 + 10 / 9, or 1.45.
 */
function overlapFactor(foldCount: number): number {
  return Math.sqrt(1 + foldCount / (foldCount - 1))
}

function widened(value: number, draws: Float64Array, factor: number): Interval {
  return interval95(
    value,
    draws.map((draw) => value + factor * (draw - value)),
  )
}

/** Of the first number less the second, draw by draw. */
function difference({ value, draws }: Estimates, factor: number): Interval {
  const second = draws[1]!
  return widened(
    value[0]! - value[1]!,
    draws[0]!.map((draw, replicate) => draw - second[replicate]!),
    factor,
  )
}

function clamped({ value, low, high }: Interval): Interval {
  return { value, low: Math.max(0, low), high: Math.min(1, high) }
}

/** The mean over the parts of the AUC within each: predictions of different models are not ranked among each other. */
function aucStatistic(parts: readonly Part[], won: Uint8Array): Statistic {
  const rankings = parts.map(({ at, logOdds }) => rankingOf(at, logOdds, won))
  return { size: 1, compute: ({ weights }, out) => (out[0] = meanAuc(rankings, weights)) }
}

/** AUC of the model and of the points, on the rows that have points. */
function againstPoints(parts: readonly Part[], won: Uint8Array, points: readonly (number | null)[]): Statistic {
  const known = parts.map(({ at, logOdds }) => {
    const kept = [...at.keys()].filter((index) => points[at[index]!] !== null)
    return {
      at: Int32Array.from(kept, (index) => at[index]!),
      logOdds: Float64Array.from(kept, (index) => logOdds[index]!),
    }
  })
  const ofModel = known.map(({ at, logOdds }) => rankingOf(at, logOdds, won))
  const ofPoints = known.map(({ at }) =>
    rankingOf(
      at,
      Float64Array.from(at, (index) => points[index] ?? 0),
      won,
    ),
  )
  const compute: Statistic['compute'] = ({ weights }, out) => {
    out[0] = meanAuc(ofModel, weights)
    out[1] = meanAuc(ofPoints, weights)
  }
  return { size: 2, compute }
}

interface PartRanking {
  readonly at: Int32Array
  readonly aucOf: (weights: Float64Array) => number
}

function rankingOf(at: Int32Array, scores: Float64Array, won: Uint8Array): PartRanking {
  const ranking = rankRows(Array.from(at, (row, index) => ({ probability: scores[index]!, won: won[row] === 1 })))
  return { at, aucOf: (weights) => rocAucOf(ranking, weights) }
}

function meanAuc(rankings: readonly PartRanking[], weights: Float64Array): number {
  let [sum, count] = [0, 0]
  for (const { at, aucOf } of rankings) {
    const auc = aucOf(Float64Array.from(at, (row) => weights[row]!))
    if (Number.isNaN(auc)) continue
    sum += auc
    count += 1
  }
  return count === 0 ? NaN : sum / count
}

/** Log loss, log loss of the base rate, and outcomes over the sum of probabilities: sums over rows, so prepared once. */
function lossStatistic(parts: readonly Part[], won: Uint8Array): Statistic {
  const sumsOf = () => new Float64Array(won.length)
  const [loss, base, expected, tested] = [sumsOf(), sumsOf(), sumsOf(), sumsOf()]
  for (const part of parts) {
    part.at.forEach((row, index) => {
      loss[row]! += logLossOf(part.logOdds[index]!, won[row]!)
      base[row]! += logLossOf(part.base[index]!, won[row]!)
      expected[row]! += sigmoid(part.logOdds[index]!)
      tested[row]! += 1
    })
  }
  const compute: Statistic['compute'] = ({ weights }, out) => {
    const sums = [0, 0, 0, 0, 0]
    weights.forEach((weight, row) => {
      sums[0]! += weight * loss[row]!
      sums[1]! += weight * base[row]!
      sums[2]! += weight * expected[row]!
      sums[3]! += weight * tested[row]!
      sums[4]! += weight * tested[row]! * won[row]!
    })
    out[0] = sums[0]! / sums[3]!
    out[1] = sums[1]! / sums[3]!
    out[2] = sums[4]! / sums[2]!
  }
  return { size: 3, compute }
}

function logLossOf(logOdds: number, won: number): number {
  const towardsTruth = won === 1 ? logOdds : -logOdds
  return Math.max(-towardsTruth, 0) + Math.log1p(Math.exp(-Math.abs(towardsTruth)))
}

/** Slope of the outcome's log-odds on the predicted: 1 is calibrated, below 1 too extreme. Each row once. */
function slopeStatistic(parts: readonly Part[], won: Uint8Array): Statistic {
  const at = Int32Array.from(parts.flatMap((part) => [...part.at]))
  const logOdds = Float64Array.from(parts.flatMap((part) => [...part.logOdds]))
  const outcomes = Uint8Array.from(at, (row) => won[row]!)
  const compute: Statistic['compute'] = ({ weights }, out) => {
    const fit = fitAffine(
      logOdds,
      outcomes,
      Float64Array.from(at, (row) => weights[row]!),
    )
    out[0] = fit ? fit.slope : NaN
  }
  return { size: 1, compute }
}
