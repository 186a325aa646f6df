import type { FeatureVector } from '../../features/types.ts'
import type { Instant } from '../../base/time.ts'

/** One training example: the features as known just before `asOf`, and the outcome. */
export interface TrainingRow {
  /** The account's external id. Rows of one account are one cluster: never split in undated cross-validation. */
  readonly id: string
  readonly asOf: Instant
  /** Maturity goes by this instant: the label is complete `labelWindowDays` after it. Equals `asOf` for in-market. */
  readonly openedAt: Instant
  readonly values: FeatureVector
  readonly won: boolean
  /** Greater than 0; 1 unless several rows share one outcome. */
  readonly weight: number
}

/** How negatives were sampled before training: each one kept stands for `negatives / kept` of them. */
export interface NegativeSampling {
  /** Accounts of the population, with or without a row in the sample. */
  readonly accounts: number
  /** Negatives in the population, and how many of them were kept. */
  readonly negatives: number
  readonly kept: number
}

/**
 * The numbers a model sees, as compressed sparse rows: the non-zeros of row i stand at `rowStart[i]` to
 * `rowStart[i + 1] - 1`, by ascending column. Ours are mostly one-hot levels and zero counts, so about a fifth of a
 * dense matrix, and work on the Hessian falls with the square of that.
 */
export interface DesignMatrix {
  readonly rowCount: number
  readonly columnCount: number
  readonly rowStart: Int32Array
  readonly columnIndex: Int32Array
  readonly values: Float64Array
}

/** The data of a logistic fit. Arrays have one entry per row. */
export interface LogisticProblem {
  readonly matrix: DesignMatrix
  /** 1 = won, 0 = not. */
  readonly won: Uint8Array
  readonly weights: Float64Array
  /** A known part of the log-odds, added with coefficient 1. */
  readonly offset?: Float64Array
}

export type Sign = 'positive' | 'negative' | null

/** A maximum of the penalised likelihood, with what the covariance needs. */
export interface Fit {
  readonly kind: 'fitted'
  readonly intercept: number
  readonly coefficients: Float64Array
  /** Fitted log-odds per row, offset included. */
  readonly logOdds: Float64Array
  /**
   * Fisher information X'WX of (intercept, coefficients) *without* the penalty, packed lower triangle:
   * entry (row, column <= row) at row * (row + 1) / 2 + column.
   */
  readonly information: Float64Array
  /** Columns that a declared sign holds at zero. */
  readonly heldAtZero: readonly number[]
  readonly iterations: number
  /** Weighted sum of the log losses plus half the penalty times the squared length of the coefficients. */
  readonly objective: number
  /** Largest violated gradient component, per unit of weight. */
  readonly maxGradient: number
  /** Half the Newton decrement squared, per unit of weight: how far the objective could still fall. */
  readonly decrement: number
}

/** The data give the outcome away: without the penalty no finite coefficients would fit best. */
export interface Separated {
  readonly kind: 'separated'
  /** The column with the most extreme standardised coefficient. */
  readonly column: number
  readonly standardisedCoefficient: number
  /** Share of rows whose fitted probability lies within 1e-6 of 0 or 1. */
  readonly shareCertain: number
}

export interface NotConverged {
  readonly kind: 'not_converged'
  readonly reason: 'too_many_iterations' | 'singular' | 'no_descent'
  readonly iterations: number
  readonly maxGradient: number
  readonly decrement: number
}

export type FitResult = Fit | Separated | NotConverged
