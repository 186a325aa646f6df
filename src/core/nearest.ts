/** The names most like a mistyped one: at most `limit`, best first, and only those a person would call similar. */
export function nearest(name: string, known: readonly string[], limit = 3): string[] {
  const wanted = plain(name)
  return known
    .map((candidate) => ({ candidate, distance: distanceBetween(wanted, plain(candidate)) }))
    .filter(
      ({ candidate, distance }) => distance <= Math.max(1, Math.floor(Math.max(name.length, candidate.length) / 3)),
    )
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, limit)
    .map(({ candidate }) => candidate)
}

/** `; did you mean a or b?`, or nothing when nothing is near: made to end a message. */
export function didYouMean(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  return near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`
}

/** Case and separators are not what tells two names apart: `Account ID` is near `account_id`. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[\s_.-]+/g, '_')
}

/** Levenshtein's edit distance, a swap of neighbours counted once (optimal string alignment); three rows of the table. */
function distanceBetween(a: string, b: string): number {
  let beforePrevious: readonly number[] = []
  let previous: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap = swapped ? (beforePrevious[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, swap))
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.length] ?? 0
}
