import { Matrix } from 'ml-matrix'
import { packedIndex } from './likelihood.ts'
import { factorise, penalised } from './newton-step.ts'
import type { DesignMatrix, Fit, LogisticProblem } from '../types.ts'
import { sigmoid } from '../../../statistics/sigmoid.ts'

/**
 * Covariance of (intercept, coefficients), packed lower triangle: the inverse of the penalised Hessian X'WX + penalty.
 *
 * That is the posterior covariance when the penalty is read as the prior N(0, 1 / l2Penalty), and it is chosen over
 * the sandwich H^-1 X'WX H^-1 because its intervals cover: the sandwich measures only how much the estimate moves
 * and leaves out that shrinkage pulls it to one side (Wahba 1983; Nychka 1988, on smoothing splines). A simulation in
 * the tests compares the two. Coefficients that a declared sign holds at zero have variance zero: the interval is
 * given the active set.
 *
 * @returns undefined when the Hessian is singular
 */
export function coefficientCovariance(fit: Fit, l2Penalty: number): Float64Array | undefined {
  const size = fit.coefficients.length + 1
  const free = Array.from({ length: size }, (_, j) => j).filter((j) => !fit.heldAtZero.includes(j - 1))
  const factor = factorise(penalised(fit.information, size, l2Penalty), free)
  if (!factor) return undefined
  const inverse = factor.solve(Matrix.eye(free.length))
  const covariance = new Float64Array(packedIndex(size, 0))
  free.forEach((row, a) => {
    for (let b = 0; b <= a; b += 1) covariance[packedIndex(row, free[b]!)] = (inverse.get(a, b) + inverse.get(b, a)) / 2
  })
  return covariance
}

/**
 * How much the rows of one account repeat each other: an account in twelve monthly rows is not twelve accounts.
 * The ratio of the score's covariance summed by account to that summed by row, both measured against the covariance
 * of the coefficients: sum of g' V g over accounts / the same over rows (a scalar cluster-robust correction; a full
 * robust covariance would need more accounts than coefficients). At least 1, and exactly 1 when no account repeats.
 *
 * @param clusters the account of each row
 */
export function designEffect(
  problem: LogisticProblem,
  fit: Fit,
  covariance: Float64Array,
  clusters: readonly string[],
): number {
  const { matrix, won, weights } = problem
  const members = Map.groupBy(clusters.keys(), (row) => clusters[row]!)
  if (members.size === clusters.length) return 1
  const residuals = fit.logOdds.map((logOdds, row) => weights[row]! * (won[row]! - sigmoid(logOdds)))
  const score = new Float64Array(matrix.columnCount + 1)
  let byRow = 0
  let byCluster = 0
  for (const rows of members.values()) {
    const touched = new Set<number>([0])
    for (const row of rows) {
      byRow += residuals[row]! ** 2 * variance(covariance, matrix, row)
      score[0]! += residuals[row]!
      for (let k = matrix.rowStart[row]!; k < matrix.rowStart[row + 1]!; k += 1) {
        touched.add(matrix.columnIndex[k]! + 1)
        score[matrix.columnIndex[k]! + 1]! += residuals[row]! * matrix.values[k]!
      }
    }
    const positions = [...touched].sort((a, b) => a - b)
    byCluster += quadraticForm(covariance, positions, score)
    for (const j of positions) score[j] = 0
  }
  return byRow > 0 ? Math.max(1, byCluster / byRow) : 1
}

/** z' V z for z = (1, row of the matrix): the variance of the row's log-odds. */
export function variance(covariance: Float64Array | readonly number[], matrix: DesignMatrix, row: number): number {
  const { rowStart, columnIndex, values } = matrix
  return sparseVariance(covariance, columnIndex, values, rowStart[row]!, rowStart[row + 1]!)
}

/** As `variance`, for the non-zeros from `start` to `end` - 1, by ascending column. */
export function sparseVariance(
  covariance: Float64Array | readonly number[],
  columnIndex: Int32Array,
  values: Float64Array,
  start: number,
  end: number,
): number {
  let sum = covariance[0]!
  for (let a = start; a < end; a += 1) {
    const base = packedIndex(columnIndex[a]! + 1, 0)
    let line = 2 * covariance[base]!
    for (let b = start; b < a; b += 1) line += 2 * covariance[base + columnIndex[b]! + 1]! * values[b]!
    line += covariance[base + columnIndex[a]! + 1]! * values[a]!
    sum += line * values[a]!
  }
  return Math.max(sum, 0)
}

function quadraticForm(covariance: Float64Array, positions: readonly number[], vector: Float64Array): number {
  let sum = 0
  positions.forEach((row, a) => {
    for (let b = 0; b < a; b += 1)
      sum += 2 * covariance[packedIndex(row, positions[b]!)]! * vector[row]! * vector[positions[b]!]!
    sum += covariance[packedIndex(row, row)]! * vector[row]! ** 2
  })
  return sum
}
