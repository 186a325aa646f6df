/** Predictions for rows that the predicting model had not seen. */
export interface Predictions {
  readonly probabilities: Float64Array
  readonly won: Uint8Array
  readonly weights: Float64Array
  /** Number of months that the rows cover. */
  readonly months: number
}

/** How many rows reach a probability, and how many of these won. */
export interface PossibleThreshold {
  readonly threshold: number
  readonly listed: number
  readonly won: number
}

/** One for each probability that occurs, from the highest down: rows of equal probability are listed together. */
export function possibleThresholds({ probabilities, won, weights }: Predictions): readonly PossibleThreshold[] {
  const order = Int32Array.from(probabilities.keys()).sort((a, b) => probabilities[b]! - probabilities[a]! || a - b)
  const candidates: PossibleThreshold[] = []
  let [listed, wonSum] = [0, 0]
  order.forEach((row, k) => {
    listed += weights[row]!
    wonSum += weights[row]! * won[row]!
    const next = order[k + 1]
    if (next === undefined || probabilities[next] !== probabilities[row])
      candidates.push({ threshold: probabilities[row]!, listed, won: wonSum })
  })
  return candidates
}
