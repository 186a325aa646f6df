import type { NegativeSampling, TrainingRow } from './types.ts'

/**
 * What to add to the intercept when negatives were sampled (King and Zeng 2001, "Logistic Regression in Rare Events
 * Data", prior correction): -ln[((1 - tau) / tau) * (ybar / (1 - ybar))]. The coefficients need no correction.
 *
 * With half wins in the sample and one in twenty outside, -ln(19) = -2.944439.
 *
 * @throws RangeError unless both rates lie strictly between 0 and 1
 */
export function samplingCorrection(rates: { readonly populationRate: number; readonly sampleRate: number }): number {
  const { populationRate, sampleRate } = rates
  for (const [name, rate] of Object.entries(rates))
    if (!(rate > 0 && rate < 1)) throw new RangeError(`${name} must lie strictly between 0 and 1, got ${rate}`)
  return -Math.log(((1 - populationRate) / populationRate) * (sampleRate / (1 - sampleRate)))
}

/**
 * The correction for rows of which `kept` of `negatives` negatives are left: ln(kept / negatives), the same for every
 * part of them that time or account picks out. 0 without sampling.
 */
export function interceptCorrection(rows: readonly TrainingRow[], sampling: NegativeSampling | undefined): number {
  if (!sampling) return 0
  const won = rows.filter((row) => row.won).length
  return samplingCorrection({
    populationRate: won / (won + sampling.negatives),
    sampleRate: won / (won + sampling.kept),
  })
}

/** How many rows of the population each row stands for: its weight, for a sampled negative times negatives / kept. */
export function populationWeights(rows: readonly TrainingRow[], sampling: NegativeSampling | undefined): Float64Array {
  const ofNegative = sampling ? sampling.negatives / sampling.kept : 1
  return Float64Array.from(rows, (row) => (row.won ? row.weight : row.weight * ofNegative))
}
