/** Longer names are not compared: the work grows with the product of two lengths. */
const LONGEST = 100
/** Cells of the table of distances that one search may fill, which takes about a millisecond. */
const MOST_CELLS = 200_000

/** The names most like a mistyped one: at most `limit`, best first, and only those a person would call similar. */
export function nearest(name: string, known: readonly string[], limit = 3): string[] {
  if (name.length > LONGEST) return []
  const wanted = plain(name)
  const close: { readonly candidate: string; readonly distance: number }[] = []
  let cells = 0
  for (const candidate of known) {
    if (candidate.length > LONGEST) continue
    const other = plain(candidate)
    const most = Math.max(1, Math.floor(Math.max(name.length, candidate.length) / 3))
    // Each further character is one change at least.
    if (Math.abs(wanted.length - other.length) > most) continue
    cells += wanted.length * other.length
    if (cells > MOST_CELLS) break
    const distance = distanceBetween(wanted, other)
    if (distance <= most) close.push({ candidate, distance })
  }
  return close
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, limit)
    .map(({ candidate }) => candidate)
}

/** `; did you mean a or b?`, or nothing when nothing is near: made to end a message. */
export function didYouMean(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  return near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`
}

/** The number of problems of one request or file that get a suggestion: each costs a search, and few people read on. */
export const MOST_SUGGESTIONS = 20

/** Makes suggestions up to a limit, then none. The same name is searched for once. */
export function suggester(suggest: (name: string) => string): (name: string) => string {
  const answers = new Map<string, string>()
  return (name) => {
    const known = answers.get(name)
    if (known !== undefined) return known
    if (answers.size >= MOST_SUGGESTIONS) return ''
    const answer = suggest(name)
    answers.set(name, answer)
    return answer
  }
}

const MOST_SHOWN = 100

/** A name that somebody sent, short enough to be repeated in a message. */
export function shownName(name: string): string {
  return name.length > MOST_SHOWN ? `${name.slice(0, MOST_SHOWN).toWellFormed()}…` : name.toWellFormed()
}

const MOST_NAMES = 50

/** Names in a message: the first 50, and how many more there are. */
export function shownNames(names: readonly string[]): string {
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ''
  return `${names.slice(0, MOST_NAMES).map(shownName).join(', ')}${more}`
}

/** Case and separators are ignored: `Account ID` is near `account_id`. */
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
