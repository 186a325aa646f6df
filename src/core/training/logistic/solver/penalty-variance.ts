import { packedIndex } from './likelihood.ts'
import { symmetricEntry } from './newton-step.ts'

/**
 * The covariance with what not knowing the right penalty adds. The inverse Hessian takes the penalty for given; but it was
 * chosen on the same data. In the Bayesian reading the penalty is the prior's precision, and to first order (Kass and
 * Steffey 1989) its uncertainty adds var(ln penalty) d d', where d = -penalty V (0, coefficients) is how the parameters
 * move with the logarithm of the penalty.
 *
 * The variance of the logarithm is that of MacKay's evidence framework (1992), 2 / gamma, where gamma = free coefficients -
 * penalty trace(V) counts those that the data determine; and since only some penalties were tried, that of a choice anywhere
 * within a step of the grid, step^2 / 12. A choice by cross-validation varies by more than that: this is what is sure to be missing.
 *
 * Example: one coefficient of 0.5 with V = 0.04 at penalty 10, tried beside 1 and 100: gamma = 1 - 10 x 0.04 = 0.6 and is
 * taken for 1, d = -10 x 0.04 x 0.5 = -0.2, ln 10 = 2.303 is the step, so (2 + 0.442) x 0.04 = 0.098 is added.
 *
 * @param covariance of (intercept, coefficients), packed lower triangle; zero for coefficients held at zero
 * @param tried the penalties that were chosen from; a single one was not chosen, and adds nothing
 */
export function withPenaltyVariance(
  covariance: Float64Array,
  coefficients: Float64Array,
  l2Penalty: number,
  tried: readonly number[],
): Float64Array {
  if (tried.length < 2) return covariance
  const size = coefficients.length + 1
  let determined = 0
  for (let j = 1; j < size; j += 1) {
    const own = covariance[packedIndex(j, j)]!
    if (own > 0) determined += 1 - l2Penalty * own
  }
  const variance = 2 / Math.max(1, determined) + stepAround(l2Penalty, tried) ** 2 / 12
  const direction = Float64Array.from({ length: size }, (_, row) =>
    coefficients.reduce(
      (sum, value, column) => sum - l2Penalty * symmetricEntry(covariance, row, column + 1) * value,
      0,
    ),
  )
  const widened = covariance.slice()
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column <= row; column += 1)
      widened[packedIndex(row, column)]! += variance * direction[row]! * direction[column]!
  return widened
}

/** Width, in logarithms, of what is nearer to the penalty than to any other that was tried. */
function stepAround(l2Penalty: number, tried: readonly number[]): number {
  const distances = (side: (penalty: number) => boolean) =>
    tried.filter(side).map((penalty) => Math.abs(Math.log(penalty / l2Penalty)))
  const [below, above] = [
    distances((penalty) => penalty < l2Penalty * (1 - 1e-9)),
    distances((penalty) => penalty > l2Penalty * (1 + 1e-9)),
  ].map((found) => (found.length > 0 ? Math.min(...found) : undefined))
  return ((below ?? above ?? 0) + (above ?? below ?? 0)) / 2
}
