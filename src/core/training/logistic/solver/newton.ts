import { selectRows } from '../encoder/design-matrix.ts'
import { createWorkspace, evaluateInformation, evaluateLoss, type Workspace } from './likelihood.ts'
import { createCurvature, type Curvature, newtonStep } from './newton-step.ts'
import { findSeparation } from './separation.ts'
import type { Fit, FitResult, LogisticProblem, NotConverged, Sign } from '../types.ts'

/** From this many rows on, passes over them are worth saving. */
const MANY_ROWS = 20_000
const THINNED_BY = 8

const SLOWEST_DESCENT = 0.1
const INFORMATION_DECREMENT = 1e-12

export interface FitOptions {
  /** At least 0. scikit-learn's `C` on the same matrix is 1 / l2Penalty. */
  readonly l2Penalty: number
  /** One per column: `positive` means a coefficient >= 0. All free when absent. */
  readonly signs?: readonly Sign[]
  /** With the `information` of a similar fit, the first steps do without a Hessian of their own. */
  readonly start?: Pick<Fit, 'intercept' | 'coefficients'> & Partial<Pick<Fit, 'information'>>
  readonly maxIterations?: number
  /** Per unit of weight. */
  readonly gradientTolerance?: number
  /** Per unit of weight, on half the squared Newton decrement. */
  readonly decrementTolerance?: number
  /** True: `information` may be that of a point on the way, good enough to start from but not for a covariance. */
  readonly roughInformation?: boolean
}

/**
 * Penalised maximum likelihood by Newton's method (iteratively reweighted least squares): the minimum of
 *
 *   sum over rows of weight * log loss  +  0.5 * l2Penalty * |coefficients|^2
 *
 * with the intercept unpenalised and declared signs held. This is scikit-learn's objective 0.5 |w|^2 + C sum(log loss)
 * divided by C = 1 / l2Penalty.
 *
 * Two stopping tests, and both must pass: the largest gradient component alone stops too early where the likelihood
 * is flat (a rare level), the decrement alone too early where it is steep. The step that passed them is then taken
 * without a further test: in the quadratic region it squares the error.
 */
export function fitLogistic(problem: LogisticProblem, options: FitOptions): FitResult {
  const { l2Penalty, maxIterations = 100, gradientTolerance = 1e-9, decrementTolerance = 1e-13 } = options
  checkProblem(problem, options)
  const space = createWorkspace(problem)
  const signs = options.signs ?? new Array<Sign>(problem.matrix.columnCount).fill(null)
  const totalWeight = problem.weights.reduce((sum, weight) => sum + weight, 0)
  const start = options.start ?? fitThinned(problem, options)
  let parameters = startingPoint(problem, start, signs, totalWeight)
  let objective = evaluateObjective(problem, parameters, space, l2Penalty)
  let held = new Uint8Array(space.size)
  let curvature: Curvature | undefined
  // The decrement where the curvature was taken: how far from the minimum that was.
  let takenAt = Infinity
  if (start?.information) {
    space.information.set(start.information)
    curvature = createCurvature(space.information, space.size, l2Penalty)
  }
  let progress: Progress = { iterations: 0, maxGradient: Infinity, decrement: Infinity }

  const mustRenew = renewal(problem, options)
  const stop = (reason: NotConverged['reason']): FitResult =>
    findSeparation(problem, parameters, space.logOdds) ?? { kind: 'not_converged', reason, ...progress }

  for (let iterations = 1; iterations <= maxIterations; iterations += 1) {
    const gradient = penalisedGradient(space.gradient, parameters, l2Penalty)
    const stepBy = (shape: Curvature) => {
      const solved = newtonStep(shape, gradient, parameters, signs, held)
      const slope = solved ? dot(gradient, solved.step) : 0
      return { solved, slope, decrement: Math.max(0, -slope) / 2 / totalWeight }
    }
    let step = curvature && stepBy(curvature)
    if (!step?.solved || mustRenew(step.decrement, progress.decrement, takenAt)) {
      evaluateInformation(problem, space)
      curvature = createCurvature(space.information, space.size, l2Penalty)
      step = stepBy(curvature)
      takenAt = step.decrement
    }
    const { solved, slope, decrement } = step
    if (!solved) return stop('singular')
    held = solved.held as Uint8Array<ArrayBuffer>
    progress = { iterations, maxGradient: largestViolation(gradient, parameters, signs) / totalWeight, decrement }
    const converged = progress.maxGradient <= gradientTolerance && decrement <= decrementTolerance
    const next = converged
      ? acceptStep(problem, parameters, solved.step, 1, space, l2Penalty)
      : searchLine(problem, parameters, solved.step, slope, objective, space, l2Penalty)
    if (!next) return stop('no_descent')
    parameters = next.parameters
    objective = next.objective
    if (converged) {
      const separated = findSeparation(problem, parameters, space.logOdds)
      if (separated) return separated
      return {
        kind: 'fitted',
        intercept: parameters[0]!,
        coefficients: parameters.slice(1),
        logOdds: space.logOdds,
        information: space.information,
        heldAtZero: signs.flatMap((_, column) => (held[column + 1] === 1 ? [column] : [])),
        objective,
        ...progress,
      }
    }
  }
  return stop('too_many_iterations')
}

type Progress = Pick<Fit, 'iterations' | 'maxGradient' | 'decrement'>

interface Point {
  readonly parameters: Float64Array<ArrayBuffer>
  readonly objective: number
}

/**
 * Whether an earlier Hessian has to be replaced. It costs several times what a gradient does, so it serves for as
 * long as every step with it brings the decrement down tenfold; what the fit reports as information must have been taken
 * near enough to the minimum (a decrement of 1e-12 is some 1e-5 of it). With few rows it costs less than factorising it
 * does, and is taken anew at every step.
 */
function renewal({ matrix }: LogisticProblem, { roughInformation = false }: FitOptions) {
  const reused = roughInformation || matrix.rowCount >= MANY_ROWS
  return (decrement: number, before: number, takenAt: number): boolean => {
    if (!reused || decrement > SLOWEST_DESCENT * before) return true
    return !roughInformation && decrement <= INFORMATION_DECREMENT && takenAt > INFORMATION_DECREMENT
  }
}

/** Halves the step until the objective falls by at least a ten-thousandth of what its slope promises. */
function searchLine(
  problem: LogisticProblem,
  from: Float64Array,
  step: Float64Array,
  slope: number,
  objective: number,
  space: Workspace,
  l2Penalty: number,
): Point | undefined {
  // Near the minimum the promised gain drowns in the rounding of the sum: allow that much.
  const rounding = 1e-13 * Math.abs(objective)
  for (let length = 1; length > 1e-9; length /= 2) {
    const point = acceptStep(problem, from, step, length, space, l2Penalty)
    if (point.objective <= objective + 1e-4 * length * slope + rounding) return point
  }
  return undefined
}

function acceptStep(
  problem: LogisticProblem,
  from: Float64Array,
  step: Float64Array,
  length: number,
  space: Workspace,
  l2Penalty: number,
): Point {
  const parameters = new Float64Array(from.length)
  for (let j = 0; j < from.length; j += 1) parameters[j] = from[j]! + length * step[j]!
  return { parameters, objective: evaluateObjective(problem, parameters, space, l2Penalty) }
}

function evaluateObjective(
  problem: LogisticProblem,
  parameters: Float64Array,
  space: Workspace,
  l2Penalty: number,
): number {
  let squares = 0
  for (let j = 1; j < parameters.length; j += 1) squares += parameters[j]! ** 2
  return evaluateLoss(problem, parameters, space) + 0.5 * l2Penalty * squares
}

function penalisedGradient(gradient: Float64Array, parameters: Float64Array, l2Penalty: number): Float64Array {
  return gradient.map((value, j) => (j === 0 ? value : value + l2Penalty * parameters[j]!))
}

/** At a coefficient held at zero, a gradient that pushes against the bound is no violation. */
function largestViolation(gradient: Float64Array, parameters: Float64Array, signs: readonly Sign[]): number {
  let largest = 0
  for (let j = 0; j < gradient.length; j += 1) {
    const sign = j === 0 ? null : signs[j - 1]
    const slope = sign === 'negative' ? -gradient[j]! : gradient[j]!
    const resting = sign !== null && parameters[j] === 0 && slope > 0
    if (!resting) largest = Math.max(largest, Math.abs(slope))
  }
  return largest
}

/** A given start is moved onto the declared signs. Without one: no effects, the intercept at the base rate. */
function startingPoint(
  problem: LogisticProblem,
  start: FitOptions['start'],
  signs: readonly Sign[],
  totalWeight: number,
): Float64Array<ArrayBuffer> {
  const parameters = new Float64Array(problem.matrix.columnCount + 1)
  if (start) {
    parameters[0] = start.intercept
    start.coefficients.forEach((value, column) => {
      const sign = signs[column]
      parameters[column + 1] =
        sign === 'positive' ? Math.max(value, 0) : sign === 'negative' ? Math.min(value, 0) : value
    })
    return parameters
  }
  let wonWeight = 0
  problem.won.forEach((won, row) => {
    if (won === 1) wonWeight += problem.weights[row]!
  })
  // Half an event on each side keeps the start finite when all rows agree.
  parameters[0] = Math.log((wonWeight + 0.5) / (totalWeight - wonWeight + 0.5))
  return parameters
}

/**
 * With many rows, a start: the fit of an eighth of them, half won and half lost as far as there are that many. Most of
 * what a rare outcome has to say is in its own rows, so few others are needed. The intercept is put right for the shares
 * taken (King and Zeng 2001); the penalty goes with the information, for which count = won * lost / (won + lost) stands.
 */
function fitThinned(problem: LogisticProblem, options: FitOptions): FitOptions['start'] {
  const { rowCount } = problem.matrix
  if (rowCount < MANY_ROWS) return undefined
  const all = Array.from({ length: rowCount }, (_, row) => row)
  const won = all.filter((row) => problem.won[row] === 1)
  const lost = all.filter((row) => problem.won[row] !== 1)
  if (won.length === 0 || lost.length === 0) return undefined
  const budget = Math.floor(rowCount / THINNED_BY)
  const keptWon = spread(won, Math.max(Math.ceil(budget / 2), budget - lost.length))
  const keptLost = spread(lost, Math.max(Math.ceil(budget / 2), budget - won.length))
  const rows = Int32Array.from([...keptWon, ...keptLost].sort((a, b) => a - b))
  const count = (a: number, b: number) => (a * b) / (a + b)
  const share = count(keptWon.length, keptLost.length) / count(won.length, lost.length)
  const result = fitLogistic(selectProblem(problem, rows), {
    ...options,
    l2Penalty: options.l2Penalty * share,
    gradientTolerance: 1e-3,
    decrementTolerance: 1e-6,
    roughInformation: true,
  })
  if (result.kind !== 'fitted') return undefined
  const { intercept, coefficients } = result
  const correction = Math.log(keptLost.length / lost.length) - Math.log(keptWon.length / won.length)
  return { intercept: intercept + correction, coefficients }
}

/** So many of the items, at equal distances; all when there are not more. */
function spread(items: readonly number[], wanted: number): readonly number[] {
  if (items.length <= wanted) return items
  return Array.from({ length: wanted }, (_, i) => items[Math.floor((i * items.length) / wanted)]!)
}

/** The chosen rows of a problem, in the order given. */
export function selectProblem(problem: LogisticProblem, rows: Int32Array): LogisticProblem {
  const { matrix, won, weights, offset } = problem
  const chosen = {
    matrix: selectRows(matrix, rows),
    won: Uint8Array.from(rows, (row) => won[row]!),
    weights: Float64Array.from(rows, (row) => weights[row]!),
  }
  return offset ? { ...chosen, offset: Float64Array.from(rows, (row) => offset[row]!) } : chosen
}

function checkProblem(problem: LogisticProblem, options: FitOptions): void {
  const { matrix, won, weights } = problem
  if (won.length !== matrix.rowCount || weights.length !== matrix.rowCount)
    throw new RangeError(
      `${matrix.rowCount} rows need as many outcomes and weights, got ${won.length}, ${weights.length}`,
    )
  if (options.signs && options.signs.length !== matrix.columnCount)
    throw new RangeError(`${matrix.columnCount} columns need as many signs, got ${options.signs.length}`)
  if (!(options.l2Penalty >= 0)) throw new RangeError(`l2Penalty must be at least 0, got ${options.l2Penalty}`)
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let j = 0; j < a.length; j += 1) sum += a[j]! * b[j]!
  return sum
}
