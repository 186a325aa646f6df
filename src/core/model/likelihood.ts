import type { LogisticProblem } from './types.ts'

/*
 * The logistic log-likelihood and its derivatives over compressed sparse rows. Parameters are one array with the
 * intercept first: parameter 0 is the intercept, parameter c + 1 the coefficient of column c.
 * Every sum runs in row order, so the same rows give the same bits.
 */

/** Entry (row, column <= row) of a packed lower triangle. Half the memory of a square: 100 columns stay in L1 cache. */
export function packedIndex(row: number, column: number): number {
  return (row * (row + 1)) / 2 + column
}

/** Buffers of one fit, reused by every iteration. */
export interface Workspace {
  readonly size: number
  /** Column + 1 of each non-zero, and where its row of the packed triangle starts. */
  readonly position: Int32Array
  readonly triangleRow: Int32Array
  readonly logOdds: Float64Array
  /** exp(-|log-odds|), which loss and probability share. */
  readonly decay: Float64Array
  readonly gradient: Float64Array
  readonly information: Float64Array
}

export function createWorkspace(problem: LogisticProblem): Workspace {
  const { matrix } = problem
  const size = matrix.columnCount + 1
  const position = new Int32Array(matrix.columnIndex.length)
  const triangleRow = new Int32Array(matrix.columnIndex.length)
  for (let k = 0; k < position.length; k += 1) {
    position[k] = matrix.columnIndex[k]! + 1
    triangleRow[k] = packedIndex(position[k]!, 0)
  }
  return {
    size,
    position,
    triangleRow,
    logOdds: new Float64Array(matrix.rowCount),
    decay: new Float64Array(matrix.rowCount),
    gradient: new Float64Array(size),
    information: new Float64Array(packedIndex(size, 0)),
  }
}

/**
 * Fills `logOdds` and `decay` for the parameters.
 * @returns the weighted sum of the log losses: softplus(log-odds) - won * log-odds, in the form that cannot overflow.
 */
export function evaluateLoss(problem: LogisticProblem, parameters: Float64Array, space: Workspace): number {
  const { matrix, won, weights, offset } = problem
  const { rowStart, values } = matrix
  const { position, logOdds, decay } = space
  let loss = 0
  for (let row = 0; row < matrix.rowCount; row += 1) {
    let sum = offset ? parameters[0]! + offset[row]! : parameters[0]!
    for (let k = rowStart[row]!; k < rowStart[row + 1]!; k += 1) sum += parameters[position[k]!]! * values[k]!
    const tail = Math.exp(-Math.abs(sum))
    logOdds[row] = sum
    decay[row] = tail
    loss += weights[row]! * (Math.max(sum, 0) + Math.log1p(tail) - (won[row] === 1 ? sum : 0))
  }
  return loss
}

/**
 * Fills `gradient` and `information` (X'WX, W = weight * p * (1 - p)) at the log-odds of the last `evaluateLoss`.
 * Only products of two non-zeros of one row are ever formed.
 */
export function evaluateDerivatives(problem: LogisticProblem, space: Workspace): void {
  const { matrix, won, weights } = problem
  const { rowStart, values } = matrix
  const { position, triangleRow, logOdds, decay, gradient, information } = space
  gradient.fill(0)
  information.fill(0)
  for (let row = 0; row < matrix.rowCount; row += 1) {
    const weight = weights[row]!
    const tail = decay[row]!
    const probability = logOdds[row]! >= 0 ? 1 / (1 + tail) : tail / (1 + tail)
    const slope = weight * (probability - won[row]!)
    const curvature = (weight * tail) / ((1 + tail) * (1 + tail))
    gradient[0]! += slope
    information[0]! += curvature
    const [start, end] = [rowStart[row]!, rowStart[row + 1]!]
    for (let a = start; a < end; a += 1) {
      const value = values[a]!
      const scaled = curvature * value
      const base = triangleRow[a]!
      gradient[position[a]!]! += slope * value
      information[base]! += scaled
      for (let b = start; b <= a; b += 1) information[base + position[b]!]! += scaled * values[b]!
    }
  }
}
