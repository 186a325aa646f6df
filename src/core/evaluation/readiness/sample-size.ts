/**
 * The AUC until one has been measured. It is low because a weaker model needs more examples; lead scoring models report
 * 0.7 to 0.8.
 */
export const ASSUMED_AUC = 0.7
/** Above it the formula gives too few examples (Riley et al. 2024: half of those needed at 0.85); the AUC is capped here. */
export const HIGHEST_AUC = 0.8
/** Below it no number of examples suffices. */
const LOWEST_AUC = 0.55
/** The coefficients' expected shrinkage: by a tenth at most. */
export const SHRINKAGE = 0.9

/**
 * The fewest examples for a logistic model of so many parameters, by criterion 1 of Riley et al. 2019 (Statistics in
 * Medicine 38:1276): n = p / ((S - 1) ln(1 - R2cs / S)). A penalised model gets by with somewhat fewer.
 */
export function rileySampleSize(parameters: number, coxSnellR2: number, shrinkage = SHRINKAGE): number {
  return Math.ceil(parameters / ((shrinkage - 1) * Math.log(1 - coxSnellR2 / shrinkage)))
}

/**
 * The Cox-Snell R2 of a model with this AUC at this base rate, its log-odds being normal with equal spread among won and
 * lost (the assumption of Riley et al. 2021, Statistics in Medicine 40:859; integrated here instead of simulated).
 *
 * With won scores N(m, 1) and lost ones N(0, 1), AUC = Phi(m / sqrt 2) and the log-odds are logit(base) + m x - m^2 / 2.
 * R2cs = 1 - exp(2 (L0 - L)), L the mean log-likelihood of the model and L0 that of the base rate alone.
 */
export function coxSnellFromAuc(auc: number, baseRate: number): number {
  const distance = distanceFor(Math.min(Math.max(auc, LOWEST_AUC), HIGHEST_AUC))
  const logOdds = (score: number) => Math.log(baseRate / (1 - baseRate)) + distance * score - distance ** 2 / 2
  const likelihood = integrate(
    (score) =>
      baseRate * density(score - distance) * -Math.log1p(Math.exp(-logOdds(score))) +
      (1 - baseRate) * density(score) * -Math.log1p(Math.exp(logOdds(score))),
    -9,
    9 + distance,
  )
  const ofBaseRate = baseRate * Math.log(baseRate) + (1 - baseRate) * Math.log(1 - baseRate)
  return 1 - Math.exp(2 * (ofBaseRate - likelihood))
}

/** The distance between won and lost scores that gives this AUC, by bisection. */
function distanceFor(auc: number): number {
  let [low, high] = [0, 10]
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2
    if (0.5 + integrate(density, 0, middle / Math.SQRT2) < auc) low = middle
    else high = middle
  }
  return low
}

function density(x: number): number {
  return Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI)
}

/** Simpson's rule. */
function integrate(of: (x: number) => number, from: number, to: number): number {
  const steps = 400
  const width = (to - from) / steps
  let sum = of(from) + of(to)
  for (let step = 1; step < steps; step += 1) sum += (step % 2 === 1 ? 4 : 2) * of(from + step * width)
  return (sum * width) / 3
}
