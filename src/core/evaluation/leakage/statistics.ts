/** Ranks from 1, ties sharing their mean rank. */
export function ranksOf(values: readonly number[]): Float64Array {
  const order = Int32Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b)
  const ranks = new Float64Array(values.length)
  for (let start = 0; start < order.length; ) {
    let end = start + 1
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end += 1
    for (let place = start; place < end; place += 1) ranks[order[place] ?? 0] = (start + end + 1) / 2
    start = end
  }
  return ranks
}

/** Pearson's correlation; 0 where one side does not vary. On ranks it is Spearman's. */
export function correlation(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const n = one.length
  let [sumOne, sumOther] = [0, 0]
  for (let at = 0; at < n; at += 1) {
    sumOne += one[at] ?? 0
    sumOther += other[at] ?? 0
  }
  let [both, squareOne, squareOther] = [0, 0, 0]
  for (let at = 0; at < n; at += 1) {
    const [x, y] = [(one[at] ?? 0) - sumOne / n, (other[at] ?? 0) - sumOther / n]
    both += x * y
    squareOne += x * x
    squareOther += y * y
  }
  return squareOne === 0 || squareOther === 0 ? 0 : both / Math.sqrt(squareOne * squareOther)
}

/** Correlation of x and y that z does not explain: (xy - xz yz) / sqrt((1 - xz^2)(1 - yz^2)). */
export function partialCorrelation(xy: number, xz: number, yz: number): number {
  const left = (1 - xz ** 2) * (1 - yz ** 2)
  return left <= 1e-12 ? 0 : (xy - xz * yz) / Math.sqrt(left)
}

/**
 * Standard error of an AUC from the number of won and lost cases (Hanley and McNeil 1982). Cases here are *accounts*:
 * an account's months are not worth as many draws.
 */
export function aucError(auc: number, won: number, lost: number): number {
  const q1 = auc / (2 - auc)
  const q2 = (2 * auc ** 2) / (1 + auc)
  const square = auc ** 2
  return Math.sqrt((auc * (1 - auc) + (won - 1) * (q1 - square) + (lost - 1) * (q2 - square)) / (won * lost))
}

/** Standard error of the difference of two shares. */
export function shareError(one: number, ofOne: number, other: number, ofOther: number): number {
  // Agresti and Caffo 2000: one success and one failure more on each side, so that 0 of n is not certain.
  const smooth = (share: number, n: number) => (share * n + 1) / (n + 2)
  const variance = (share: number, n: number) => (smooth(share, n) * (1 - smooth(share, n))) / (n + 2)
  return Math.sqrt(variance(one, ofOne) + variance(other, ofOther))
}
