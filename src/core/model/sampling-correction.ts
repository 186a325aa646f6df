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
