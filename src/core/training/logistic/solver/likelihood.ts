import type { LogisticProblem } from '../types.ts'

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
  readonly logOdds: Float64Array
  /** exp(-|log-odds|), which loss and probability share. */
  readonly decay: Float64Array
  readonly gradient: Float64Array
  readonly information: Float64Array
}

export function createWorkspace({ matrix }: LogisticProblem): Workspace {
  const size = matrix.columnCount + 1
  return {
    size,
    logOdds: new Float64Array(matrix.rowCount),
    decay: new Float64Array(matrix.rowCount),
    gradient: new Float64Array(size),
    information: new Float64Array(packedIndex(size, 0)),
  }
}

/**
 * Fills `logOdds`, `decay` and `gradient` for the parameters, in one pass: a row is in the cache when its gradient is due.
 * @returns the weighted sum of the log losses: softplus(log-odds) - won * log-odds, in the form that cannot overflow.
 */
export function evaluateLoss(problem: LogisticProblem, parameters: Float64Array, space: Workspace): number {
  const { matrix, won, weights, offset } = problem
  const { rowStart, columnIndex, values } = matrix
  const { logOdds, decay, gradient } = space
  const coefficients = parameters.subarray(1)
  const slopes = gradient.subarray(1)
  gradient.fill(0)
  let loss = 0
  for (let row = 0; row < matrix.rowCount; row += 1) {
    const [start, end] = [rowStart[row]!, rowStart[row + 1]!]
    let sum = offset ? parameters[0]! + offset[row]! : parameters[0]!
    for (let k = start; k < end; k += 1) sum += coefficients[columnIndex[k]!]! * values[k]!
    const tail = Math.exp(-Math.abs(sum))
    logOdds[row] = sum
    decay[row] = tail
    const weight = weights[row]!
    loss += weight * (Math.max(sum, 0) + Math.log1p(tail) - (won[row] === 1 ? sum : 0))
    const probability = sum >= 0 ? 1 / (1 + tail) : tail / (1 + tail)
    const slope = weight * (probability - won[row]!)
    gradient[0]! += slope
    for (let k = start; k < end; k += 1) slopes[columnIndex[k]!]! += slope * values[k]!
  }
  return loss
}

/**
 * Fills `information` (X'WX, W = weight * p * (1 - p)) at the log-odds of the last `evaluateLoss`. Only products of two
 * non-zeros of one row are ever formed; still it costs several times what loss and gradient do.
 */
export function evaluateInformation(problem: LogisticProblem, space: Workspace): void {
  const { matrix, weights } = problem
  const { rowStart, columnIndex, values } = matrix
  const { decay, information } = space
  information.fill(0)
  for (let row = 0; row < matrix.rowCount; row += 1) {
    const tail = decay[row]!
    const curvature = (weights[row]! * tail) / ((1 + tail) * (1 + tail))
    information[0]! += curvature
    const [start, end] = [rowStart[row]!, rowStart[row + 1]!]
    for (let a = start; a < end; a += 1) {
      const scaled = curvature * values[a]!
      const base = packedIndex(columnIndex[a]! + 1, 0) + 1
      information[base - 1]! += scaled
      let b = start
      // Two at a time: the loop itself is a good part of the work.
      for (; b < a; b += 2) {
        information[base + columnIndex[b]!]! += scaled * values[b]!
        information[base + columnIndex[b + 1]!]! += scaled * values[b + 1]!
      }
      if (b === a) information[base + columnIndex[b]!]! += scaled * values[b]!
    }
  }
}
