import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import { packedIndex } from './likelihood.ts'
import type { Sign } from '../types.ts'

/** Packed information with the penalty on its diagonal, except the intercept's. */
export function penalised(information: Float64Array, size: number, l2Penalty: number): Float64Array {
  const hessian = information.slice()
  for (let j = 1; j < size; j += 1) hessian[packedIndex(j, j)]! += l2Penalty
  return hessian
}

/** Cholesky of the chosen rows and columns of a packed triangle; undefined when it is not positive definite. */
export function factorise(packed: Float64Array, chosen: readonly number[]): CholeskyDecomposition | undefined {
  const square = new Matrix(chosen.length, chosen.length)
  for (let a = 0; a < chosen.length; a += 1) {
    for (let b = 0; b <= a; b += 1) {
      // One triangle mirrored: ml-matrix refuses a matrix that is not symmetric to the last bit.
      const entry = symmetricEntry(packed, chosen[a]!, chosen[b]!)
      square.set(a, b, entry)
      square.set(b, a, entry)
    }
  }
  const factor = new CholeskyDecomposition(square)
  if (!factor.isPositiveDefinite()) return undefined
  // Rounding lets an exactly singular matrix through with a pivot that is noise: the smallest pivot tells.
  const lower = factor.lowerTriangularMatrix
  for (let a = 0; a < chosen.length; a += 1) if (lower.get(a, a) ** 2 <= 1e-14 * square.get(a, a)) return undefined
  return factor
}

export function symmetricEntry(packed: Float64Array, row: number, column: number): number {
  return packed[row >= column ? packedIndex(row, column) : packedIndex(column, row)]!
}

/**
 * A penalised Hessian that several steps may share. The factor of the last set of free parameters is kept: between two
 * steps the set seldom changes, and factorising costs more than all else a step does.
 */
export interface Curvature {
  readonly hessian: Float64Array
  /** Undefined when the Hessian is singular on these parameters. */
  readonly factorOf: (free: readonly number[]) => CholeskyDecomposition | undefined
}

export function createCurvature(information: Float64Array, size: number, l2Penalty: number): Curvature {
  const hessian = penalised(information, size, l2Penalty)
  let key: string | undefined
  let factor: CholeskyDecomposition | undefined
  const factorOf = (free: readonly number[]) => {
    const wanted = free.join()
    if (wanted !== key) {
      key = wanted
      factor = factorise(hessian, free)
    }
    return factor
  }
  return { hessian, factorOf }
}

export interface NewtonStep {
  readonly step: Float64Array
  /** Parameters whose declared sign holds them at zero after a full step. */
  readonly held: Uint8Array
}

/**
 * The step to the minimum of the local quadratic model, subject to the declared signs. The quadratic problem is
 * strictly convex with simple bounds, so exactly one set of held coefficients satisfies the Kuhn-Tucker conditions:
 * free ones keep their sign, and at held ones the gradient pushes against the bound.
 *
 * Found by block principal pivoting (Judice and Pires 1994): exchange all violators at once while their number falls,
 * after three failures only the last of them, which cannot cycle. From the previous iteration's set it mostly takes
 * one factorisation.
 *
 * @param held the set to start from; not changed
 * @returns undefined when the Hessian is singular
 */
export function newtonStep(
  curvature: Curvature,
  gradient: Float64Array,
  parameters: Float64Array,
  signs: readonly Sign[],
  held: Uint8Array,
): NewtonStep | undefined {
  const size = gradient.length
  const current = held.slice()
  const tolerance = 1e-12 * maxAbs(gradient)
  let fewest = size + 1
  let patience = 3
  for (let pivots = 0; pivots <= 20 * size; pivots += 1) {
    const step = stepWithHeld(curvature, gradient, parameters, current)
    if (!step) return undefined
    const violators = findViolators(curvature.hessian, gradient, parameters, signs, current, step, tolerance)
    if (violators.length === 0) return { step, held: current }
    const improved = violators.length < fewest
    if (improved) fewest = violators.length
    patience = improved ? 3 : patience - 1
    for (const j of patience >= 0 ? violators : violators.slice(-1)) current[j] = current[j] === 1 ? 0 : 1
  }
  return undefined
}

function stepWithHeld(
  { hessian, factorOf }: Curvature,
  gradient: Float64Array,
  parameters: Float64Array,
  held: Uint8Array,
): Float64Array | undefined {
  const all = Array.from(gradient.keys())
  const free = all.filter((j) => held[j] === 0)
  // A held coefficient goes to zero; while it is still on its way there, it moves the others' right-hand side.
  const moving = all.filter((j) => held[j] === 1 && parameters[j] !== 0)
  const factor = factorOf(free)
  if (!factor) return undefined
  const right = free.map((j) =>
    moving.reduce((sum, k) => sum + symmetricEntry(hessian, j, k) * parameters[k]!, -gradient[j]!),
  )
  const solution = factor.solve(Matrix.columnVector(right))
  const step = new Float64Array(gradient.length)
  for (const k of moving) step[k] = -parameters[k]!
  free.forEach((j, a) => {
    step[j] = solution.get(a, 0)
  })
  return step
}

function findViolators(
  hessian: Float64Array,
  gradient: Float64Array,
  parameters: Float64Array,
  signs: readonly Sign[],
  held: Uint8Array,
  step: Float64Array,
  tolerance: number,
): number[] {
  const violators: number[] = []
  signs.forEach((sign, column) => {
    if (sign === null) return
    const j = column + 1
    const direction = sign === 'positive' ? 1 : -1
    if (held[j] === 0) {
      if (direction * (parameters[j]! + step[j]!) < 0) violators.push(j)
      return
    }
    let slope = gradient[j]!
    for (let k = 0; k < step.length; k += 1) slope += symmetricEntry(hessian, j, k) * step[k]!
    if (direction * slope < -tolerance) violators.push(j)
  })
  return violators
}

export function maxAbs(values: Float64Array): number {
  let largest = 0
  for (const value of values) largest = Math.max(largest, Math.abs(value))
  return largest
}
