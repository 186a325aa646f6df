/** For each account that was merged away, by external id, the one that it was merged into. */
export type Merges = ReadonlyMap<string, string>

export type MergePlan =
  | { readonly kind: 'merge' }
  /** They are one already: by this very merge, or by way of others. */
  | { readonly kind: 'held' }
  | { readonly kind: 'refused'; readonly message: string }

/**
 * What is to be done so that `from` becomes part of `into`. Refused is what would leave an account without an end, or with
 * two: A into B while B is in A (a circle, all of which is named), A into C while A is in B and B is not in C. A merge
 * cannot be taken back: what has been computed since rests on it.
 */
export function planMerge(merges: Merges, from: string, into: string): MergePlan {
  if (from === into) return { kind: 'refused', message: `${from} cannot be merged into itself` }
  const after = [into, ...heirsOf(merges, into)]
  if (after.includes(from)) {
    const circle = [from, ...after.slice(0, after.indexOf(from) + 1)]
    return { kind: 'refused', message: `that would be a circle: ${circle.join(' into ')}` }
  }
  const present = merges.get(from)
  if (present === undefined) return { kind: 'merge' }
  const survivor = heirsOf(merges, from).at(-1)
  if (survivor === after.at(-1)) return { kind: 'held' }
  return { kind: 'refused', message: `${from} was merged into ${present} already, and that is not part of ${into}` }
}

/** The accounts that it became part of, one after the other. */
function heirsOf(merges: Merges, account: string): readonly string[] {
  const heirs: string[] = []
  for (let next = merges.get(account); next !== undefined; next = merges.get(next)) heirs.push(next)
  return heirs
}
