import { Matrix } from 'ml-matrix'
import {
  createWorkspace,
  evaluateInformation,
  evaluateLoss,
} from '../../src/core/training/logistic/solver/likelihood.ts'
import { factorise, maxAbs } from '../../src/core/training/logistic/solver/newton-step.ts'
import type { LogisticProblem } from '../../src/core/training/logistic/types.ts'
import { sigmoid } from '../../src/core/statistics/sigmoid.ts'

export interface FirthFit {
  readonly intercept: number
  readonly coefficients: Float64Array
}

/**
 * Firth's bias-reduced fit (Biometrika 1993): finite even under separation, for a look at a few columns when events
 * are rare. Solves sum (y - p + h (1/2 - p)) x = 0, h the leverage of the row, by Fisher scoring.
 *
 * @returns undefined when the information is singular or 200 iterations do not suffice
 */
export function fitFirth(problem: LogisticProblem): FirthFit | undefined {
  const { matrix, weights } = problem
  const space = createWorkspace(problem)
  const all = Array.from({ length: space.size }, (_, j) => j)
  const parameters = new Float64Array(space.size)
  for (let iteration = 0; iteration < 200; iteration += 1) {
    evaluateLoss(problem, parameters, space)
    evaluateInformation(problem, space)
    const factor = factorise(space.information, all)
    if (!factor) return undefined
    const inverse = factor.solve(Matrix.eye(space.size))
    const score = space.gradient.map((value) => -value)
    for (let row = 0; row < matrix.rowCount; row += 1) {
      const [start, end] = [matrix.rowStart[row]!, matrix.rowStart[row + 1]!]
      const columns = [0, ...matrix.columnIndex.subarray(start, end).map((column) => column + 1)]
      const values = [1, ...matrix.values.subarray(start, end)]
      const probability = sigmoid(space.logOdds[row]!)
      let leverage = 0
      columns.forEach((j, a) => {
        columns.forEach((k, b) => {
          leverage += values[a]! * inverse.get(j, k) * values[b]!
        })
      })
      leverage *= weights[row]! * probability * (1 - probability)
      columns.forEach((j, a) => {
        score[j]! += leverage * (0.5 - probability) * values[a]!
      })
    }
    const step = Float64Array.from(inverse.mmul(Matrix.columnVector(Array.from(score))).to1DArray())
    // Far from the solution a full step can overshoot into the flat tails.
    const length = Math.min(1, 5 / Math.max(maxAbs(step), 1e-300))
    for (const j of all) parameters[j]! += length * step[j]!
    if (maxAbs(step) < 1e-10) return { intercept: parameters[0]!, coefficients: parameters.slice(1) }
  }
  return undefined
}
