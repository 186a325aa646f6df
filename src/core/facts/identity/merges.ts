/** For each account that was merged away, by external id, the one that it was merged into. */
export type Merges = ReadonlyMap<string, string>

export type MergePlan =
  | { readonly kind: 'merge' }
  /** The accounts are merged already: by the same merge, or through others. */
  | { readonly kind: 'held' }
  | { readonly kind: 'refused'; readonly message: string }

/**
 * Plans the merge of `from` into `into`. Two cases are refused: a circle (A into B while B is in A; the message names every
 * account of it), and a second survivor (A into C while A is in B and B is not in C). A merge cannot be undone: scores and
 * events computed since depend on it.
 */
export function planMerge(merges: Merges, from: string, into: string): MergePlan {
  if (from === into) return { kind: 'refused', message: `${from} cannot be merged into itself` }
  const after = [into, ...heirsOf(merges, into)]
  if (after.includes(from)) {
    const circle = [from, ...after.slice(0, after.indexOf(from) + 1)]
    return { kind: 'refused', message: `the merge would close a circle: ${circle.join(' into ')}` }
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
