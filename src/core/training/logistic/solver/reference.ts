import LogisticRegression from 'ml-logistic-regression'
import { Matrix } from 'ml-matrix'
import { columnMoments, denseFromSparse, linearPredictor } from '../encoder/design-matrix.ts'
import { createWorkspace, evaluateInformation, evaluateLoss } from './likelihood.ts'
import type { LogisticModel } from '../logistic-model.ts'
import { maxAbs } from './newton-step.ts'
import type { DesignMatrix, Fit, LogisticProblem, NotConverged, Sign } from '../types.ts'

/*
 * The package ml-logistic-regression as the reference solver, and all that has to be put right around it, in one file:
 * it has no intercept (a column of ones comes first), sums its gradient over rows (so the learning rate is divided by
 * their number, and by the curvature of the data, or it diverges), crawls on columns that are not centred (so it gets
 * standardised ones and its answer is turned back), has no stopping rule (so we look at the gradient afterwards), no
 * penalty, no row weights and no declared signs (refused), and trains one classifier per class, of which number 0 gives
 * P(label 1).
 */

export interface ReferenceOptions {
  readonly signs?: readonly Sign[]
  readonly numSteps?: number
  /** Largest gradient component per row at which the fit counts as converged. */
  readonly gradientTolerance?: number
}

/** @throws RangeError on declared signs, an offset or unequal row weights, none of which the package knows. */
export function fitReference(problem: LogisticProblem, options: ReferenceOptions = {}): Fit | NotConverged {
  const { numSteps = 1000, gradientTolerance = 1e-3 } = options
  const refusal = referenceRefusal(problem, options.signs ?? [])
  if (refusal) throw new RangeError(refusal)
  const { matrix, won } = problem
  const { means, standardDeviations } = columnMoments(matrix, problem.weights)
  const scales = standardDeviations.map((deviation) => (deviation > 0 ? deviation : 1))
  const features = new Matrix(
    referenceFeatures(matrix).map((row) =>
      row.map((value, j) => (j === 0 ? value : (value - means[j - 1]!) / scales[j - 1]!)),
    ),
  )
  const solver = new LogisticRegression({ numSteps, learningRate: 4 / largestEigenvalue(features) })
  solver.train(features, Matrix.columnVector(Array.from(won)))
  const parameters = Float64Array.from(solver.classifiers[0]!.weights.to1DArray())
  for (let j = 1; j < parameters.length; j += 1) {
    parameters[j]! /= scales[j - 1]!
    parameters[0]! -= parameters[j]! * means[j - 1]!
  }
  const space = createWorkspace(problem)
  const objective = evaluateLoss(problem, parameters, space)
  evaluateInformation(problem, space)
  const maxGradient = maxAbs(space.gradient) / matrix.rowCount
  if (!(maxGradient <= gradientTolerance))
    return { kind: 'not_converged', reason: 'too_many_iterations', iterations: numSteps, maxGradient, decrement: NaN }
  return {
    kind: 'fitted',
    intercept: parameters[0]!,
    coefficients: parameters.slice(1),
    logOdds: linearPredictor(matrix, parameters[0]!, parameters.subarray(1)),
    information: space.information,
    heldAtZero: [],
    iterations: numSteps,
    objective,
    maxGradient,
    decrement: NaN,
  }
}

/**
 * Of X'X, by power iteration, with a margin. The Hessian is at most a quarter of it, so 4 divided by it is the longest
 * step that cannot overshoot; it grows with the number of rows, which is the division by n.
 */
function largestEigenvalue(features: Matrix): number {
  let vector = Matrix.ones(features.columns, 1)
  let eigenvalue = 0
  for (let iteration = 0; iteration < 20; iteration += 1) {
    const next = features.transpose().mmul(features.mmul(vector))
    eigenvalue = next.norm('frobenius') / vector.norm('frobenius')
    vector = next.div(next.norm('frobenius'))
  }
  return 1.1 * eigenvalue
}

/** Why the package cannot solve this problem; undefined when it can. */
export function referenceRefusal(problem: LogisticProblem, signs: readonly Sign[]): string | undefined {
  const declared = signs.filter((sign) => sign !== null).length
  if (declared > 0) return `the reference solver cannot hold declared signs, got ${declared} columns with one`
  if (problem.offset) return 'the reference solver has no offset'
  const weight = problem.weights.find((value) => value !== 1)
  if (weight !== undefined) return `the reference solver has no row weights, got a row of weight ${weight}`
  return undefined
}

/** Dense rows as the package wants them: a one, then the columns of the matrix. */
export function referenceFeatures(matrix: DesignMatrix): number[][] {
  return denseFromSparse(matrix).map((row) => [1, ...row])
}

/** The package's own JSON: `LogisticRegression.load` takes it and gives the same probabilities on `referenceFeatures`. */
export function exportReference(model: LogisticModel): object {
  const weights = [model.intercept, ...model.coefficients]
  const classifier = (row: readonly number[]) => ({ numSteps: 0, learningRate: 0, weights: [row] })
  return {
    name: 'LogisticRegression',
    numSteps: 0,
    learningRate: 0,
    numberClasses: 2,
    // One against all, upside down: classifier k gives the probability that the label is *not* k.
    classifiers: [classifier(weights), classifier(weights.map((value) => -value))],
  }
}
