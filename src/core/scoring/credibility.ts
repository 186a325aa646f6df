/** What was observed in one group. */
interface Group {
  readonly values: readonly number[]
}

/** The weight of a group's own mean is `n / (n + k)`; the rest of the weight is on the overall mean. */
export interface Credibility {
  readonly overall: number
  /** Null when groups differ by no more than chance: then all have the overall mean. */
  readonly k: number | null
}

/**
 * Bühlmann and Straub's credibility (1970), estimated from the groups themselves: k is the variance within groups over
 * the variance of their true means. With r groups of n_i values, N in all, the variance within is
 * s2 = sum of (value - own mean)^2 / (N - r), and that of the means (sum of n_i (mean_i - overall)^2 - (r - 1) s2) /
 * (N - sum of n_i^2 / N); below zero means that nothing is known to differ.
 *
 * Example: (1, 3) and (5, 7, 9). Means 2 and 7, overall 5; s2 = (2 + 8) / 3 = 3.33. Between: (2 x 9 + 3 x 4 - 3.33) /
 * (5 - 13/5) = 11.11, so k = 0.3, and the first group is believed at 2 / 2.3.
 */
export function credibilityOf(groups: readonly Group[]): Credibility {
  const filled = groups.filter(({ values }) => values.length > 0)
  const total = filled.reduce((sum, { values }) => sum + values.length, 0)
  const overall = meanOf(filled.flatMap(({ values }) => values))
  if (filled.length < 2 || total <= filled.length) return { overall, k: null }
  const within = sumOf(filled, ({ values }) => {
    const mean = meanOf(values)
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  })
  const withinVariance = within / (total - filled.length)
  const spread = sumOf(filled, ({ values }) => values.length * (meanOf(values) - overall) ** 2)
  const squares = sumOf(filled, ({ values }) => values.length ** 2)
  const between = (spread - (filled.length - 1) * withinVariance) / (total - squares / total)
  return { overall, k: between > 0 ? withinVariance / between : null }
}

export function shrunkenMean(values: readonly number[], { overall, k }: Credibility): number {
  if (k === null || values.length === 0) return overall
  const credibility = values.length / (values.length + k)
  return credibility * meanOf(values) + (1 - credibility) * overall
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function sumOf(groups: readonly Group[], valueOf: (group: Group) => number): number {
  return groups.reduce((sum, group) => sum + valueOf(group), 0)
}
