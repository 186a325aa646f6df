import { columnMoments } from '../encoder/design-matrix.ts'
import type { LogisticProblem, Separated } from '../types.ts'

const LARGEST_STANDARDISED_COEFFICIENT = 10
const LARGEST_LOG_ODDS_SPREAD = 5
const CERTAIN_LOG_ODDS = Math.log((1 - 1e-6) / 1e-6)
const LARGEST_SHARE_CERTAIN = 0.05

/**
 * Whether the fit shows that the data give the outcome away. Under separation the likelihood has no maximum, and what
 * stops the coefficients is only the penalty or the iteration limit. With a penalty a fit always exists, so this asks
 * whether it is one that nobody should use:
 *
 * - a coefficient above 10 per standard deviation of its column while the log-odds of all rows spread by more than 5
 *   (two nearly equal columns may have large coefficients that cancel: their log-odds do not spread), or
 * - more than one row in twenty fitted within 1e-6 of 0 or 1. A strong model may be that sure of a few odd rows.
 *
 * @param parameters intercept first
 */
export function findSeparation(
  problem: LogisticProblem,
  parameters: Float64Array,
  logOdds: Float64Array,
): Separated | undefined {
  // Almost every fit is sound, and shows it by its log-odds alone.
  const certain = shareCertain(logOdds) > LARGEST_SHARE_CERTAIN
  const wide = spread(logOdds) > LARGEST_LOG_ODDS_SPREAD
  if (!certain && !wide) return undefined
  const found = mostExtreme(problem, parameters.subarray(1), logOdds)
  const extreme = wide && Math.abs(found.standardisedCoefficient) > LARGEST_STANDARDISED_COEFFICIENT
  return extreme || certain ? found : undefined
}

/** The column with the largest coefficient per standard deviation: the likeliest to hold the answer. */
export function mostExtreme(problem: LogisticProblem, coefficients: Float64Array, logOdds: Float64Array): Separated {
  const { standardDeviations } = columnMoments(problem.matrix, problem.weights)
  let column = -1
  let standardisedCoefficient = 0
  standardDeviations.forEach((deviation, index) => {
    const standardised = coefficients[index]! * deviation
    if (Math.abs(standardised) > Math.abs(standardisedCoefficient)) {
      column = index
      standardisedCoefficient = standardised
    }
  })
  return { kind: 'separated', column, standardisedCoefficient, shareCertain: shareCertain(logOdds) }
}

/**
 * Whether every won row is fitted above every lost one although there are too many rows for that to be chance: with
 * more than two rows a parameter, random outcomes are almost never separable (Cover 1965). Some input then holds the
 * answer, however well the penalty behaves.
 */
export function separatesCompletely(problem: LogisticProblem, logOdds: Float64Array): boolean {
  if (problem.matrix.rowCount <= 2 * (problem.matrix.columnCount + 1)) return false
  let lowestWon = Infinity
  let highestLost = -Infinity
  logOdds.forEach((value, row) => {
    if (problem.won[row] === 1) lowestWon = Math.min(lowestWon, value)
    else highestLost = Math.max(highestLost, value)
  })
  return lowestWon > highestLost
}

function shareCertain(logOdds: Float64Array): number {
  return logOdds.reduce((count, value) => count + (Math.abs(value) > CERTAIN_LOG_ODDS ? 1 : 0), 0) / logOdds.length
}

function spread(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}
